#include "tests/support/given_when_then.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "daybook/options/v1/field_options.pb.h"
#include "domain/base/time.h"
#include "gtest/gtest.h"

namespace daybook::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The records of a scenario as the engine would hand them out.
class WorldLoader final : public domain::FactLoader {
 public:
  using World = std::map<std::pair<std::string, std::string>, std::shared_ptr<Message>>;
  WorldLoader(const World& world, domain::Facts* facts) : world_(world), facts_(facts) {}

  absl::StatusOr<const Message*> Load(absl::string_view aggregate, absl::string_view id) override {
    const auto found = world_.find({std::string(aggregate), std::string(id)});
    if (found == world_.end()) return nullptr;
    facts_->Add(aggregate, id, found->second);
    return found->second.get();
  }

  absl::StatusOr<std::vector<std::string>> Ids(absl::string_view aggregate) override {
    std::vector<std::string> ids;
    for (const auto& [key, record] : world_) {
      if (absl::string_view(key.first) == aggregate) ids.push_back(key.second);
    }
    return ids;
  }

 private:
  const World& world_;
  domain::Facts* facts_;
};

// Loads what the `lookup` fields of a request name, nested and repeated ones too, as the engine
// does.
void LoadLookups(const Message& request, domain::FactLoader& loader) {
  std::vector<const FieldDescriptor*> fields;
  const auto* r = request.GetReflection();
  r->ListFields(request, &fields);
  for (const auto* field : fields) {
    const auto& lookup = field->options().GetExtension(options::v1::field).lookup();
    const bool message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (lookup.empty() && !message) continue;
    const int count = field->is_repeated() ? r->FieldSize(request, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (message) {
        LoadLookups(field->is_repeated() ? r->GetRepeatedMessage(request, field, i)
                                         : r->GetMessage(request, field),
                    loader);
      } else {
        EXPECT_TRUE(loader
                        .Load(lookup, field->is_repeated() ? r->GetRepeatedString(request, field, i)
                                                           : r->GetString(request, field))
                        .ok());
      }
    }
  }
}

}  // namespace

std::string Id(int number) { return absl::StrFormat("01890000-0000-7000-8000-%012d", number); }

Scenario::Scenario(absl::string_view aggregate) : type_(domain::FindAggregate(aggregate)) {
  state_ = type_->new_state();
  bare_.reset(type_->record->New());
  context_.target_id = Id(1);
  context_.currency = "EUR";
  context_.zone = *LoadZone("Europe/Berlin");
  At("2026-03-01T11:00:00Z");
}

Scenario& Scenario::Given(absl::string_view text) {
  std::unique_ptr<Message> event(type_->event->New());
  ParseText(text, event.get());
  Apply(*event);
  return *this;
}

Scenario& Scenario::Exists(absl::string_view aggregate, absl::string_view text) {
  std::shared_ptr<Message> record(domain::FindAggregate(aggregate)->record->New());
  ParseText(text, record.get());
  const auto* id = record->GetDescriptor()->FindFieldByName("id");
  world_[{std::string(aggregate), record->GetReflection()->GetString(*record, id)}] = record;
  return *this;
}

Scenario& Scenario::Target(absl::string_view id) {
  context_.target_id = std::string(id);
  return *this;
}

Scenario& Scenario::At(absl::string_view instant) {
  context_.now = context_.effective_at = *ParseInstant(instant);
  return *this;
}

Scenario& Scenario::EffectiveAt(absl::string_view instant) {
  context_.effective_at = *ParseInstant(instant);
  return *this;
}

Scenario& Scenario::SecretPrefix(absl::string_view prefix) {
  context_.secret_prefix = std::string(prefix);
  return *this;
}

Scenario& Scenario::When(const Message& request) {
  const auto command = domain::FindCommand(request.GetDescriptor()->full_name());
  EXPECT_EQ(command.aggregate, type_) << "not a command of " << type_->name;
  domain::Facts facts;
  WorldLoader loader(world_, &facts);
  LoadLookups(request, loader);
  status_ = absl::OkStatus();
  events_.clear();
  if (command.command->gather != nullptr) {
    status_ = command.command->gather(*state_, request, loader);
    if (!status_.ok()) return *this;
  }
  context_.facts = &facts;
  context_.new_id = [this] { return Id(9001 + made_ids_++); };
  auto decided = command.command->decide(*state_, request, context_);
  status_ = decided.status();
  if (!decided.ok()) return *this;
  events_ = std::move(*decided);
  for (const auto& event : events_) Apply(*event);
  return *this;
}

Scenario& Scenario::Then(std::initializer_list<absl::string_view> events) {
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(events_.size(), events.size());
  size_t i = 0;
  for (const absl::string_view text : events) {
    if (i == events_.size()) break;
    EXPECT_THAT(*events_[i++], EqualsProto(text));
  }
  return *this;
}

Scenario& Scenario::ThenNothing() { return Then({}); }

Scenario& Scenario::ThenRejected(Reason reason, std::map<std::string, std::string> metadata) {
  EXPECT_THAT(status_, HasReason(reason));
  for (const auto& [key, value] : metadata) {
    EXPECT_EQ(ErrorMetadataOf(status_, key), value) << key << " of " << status_;
  }
  return *this;
}

Scenario& Scenario::ThenRecord(absl::string_view record) {
  EXPECT_THAT(state_->record(), EqualsProto(record));
  return *this;
}

Scenario& Scenario::ThenClaims(std::initializer_list<absl::string_view> claims) {
  std::vector<std::string> actual;
  for (const auto& claim : type_->claims(*state_)) {
    actual.push_back(absl::StrCat(claim.kind, "=", claim.value));
  }
  EXPECT_THAT(actual,
              ::testing::ElementsAreArray(std::vector<std::string>(claims.begin(), claims.end())));
  return *this;
}

void Scenario::Apply(const Message& event) {
  type_->evolve(*state_, event);
  type_->evolve_record(*bare_, event);
  EXPECT_EQ(Difference(state_->record(), *bare_), "");
}

}  // namespace daybook::testing
