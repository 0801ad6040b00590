#include "tests/domain/random_requests.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "daybook/options/v1/field_options.pb.h"
#include "daybook/setup/v1/field_catalog.pb.h"
#include "daybook/type/v1/custom_value.pb.h"
#include "daybook/type/v1/date.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Texts = std::vector<std::string>;

template <class T>
T OneOf(const std::vector<T>& values) {
  return values[Choose(static_cast<int>(values.size()))];
}

Texts PoolIds() { return {"", Id(1), Id(2), Id(2), Id(2), Id(3), Id(4), Id(5), Id(6)}; }

std::string RandomText(const FieldDescriptor& field) {
  static const std::map<std::string, Texts> kPools = {
      {"currency", {"EUR", "EUR", "EUR", "USD", "EURO"}},
      {"zone", {"UTC", "Europe/Berlin", "Nowhere"}},
      {"email", {"", "a@b.example", "a"}},
      {"phone", {"", "+49 30 123456", "030"}},
      {"external_key", {"", "", "erp:1", "erp"}},
      {"stage", {"", "prospect", "offer", "order", "won"}},
      {"field", {"weight", "weight", "note"}},
      {"code", {"price", "timing", "Bad"}},
      {"mandatory_field", {"value", "note", "bogus"}},
      {"condition", {"", "visits > 1", "visits > 1", "country = alpha", "bogus = 1"}},
      {"reason", {"", "asked for", "asked for"}},
      {"recurrence_rule", {"FREQ=DAILY", "FREQ=DAILY", "FREQ=X"}},
      {"record_type", {"account", "account", "account", "spaceship"}},
      {"hash", {std::string(32, 'h'), "h"}},
      {"plan_hash", {"", std::string(32, 'h'), "h"}},
  };
  static const std::set<std::string> kStableIds = {"Stage", "AssignmentStep", "ScoringRule",
                                                   "AccountClass"};
  if (kStableIds.contains(field.containing_type()->name()) && field.name() == "id") {
    return OneOf<std::string>({"a", "b", "c", "d", "Bad"});
  }
  if (!field.options().GetExtension(options::v1::field).lookup().empty()) return OneOf(PoolIds());
  if (field.name() == "card_id" || field.name() == "above") return OneOf(PoolIds());
  if (field.name() == "job_request_id" || field.name() == "accepted_job_request_ids" ||
      field.name() == "line_id" || field.name() == "id") {
    return OneOf<std::string>({"", Id(51), Id(52), Id(53)});
  }
  const auto pool = kPools.find(field.name());
  return pool != kPools.end() ? OneOf(pool->second)
                              : OneOf<std::string>({"", " ", "alpha", "beta", "gamma", "delta"});
}

int64_t RandomNumber(const FieldDescriptor& field) {
  if (field.name() == "quantity") return OneOf<int64_t>({0, 1, 1000000, 1000000, 2500000});
  if (field.name() == "discount") return OneOf<int64_t>({0, 100000000, 1000000001});
  if (field.name() == "probability")
    return OneOf<int64_t>({0, 1, 500000000, 600000000, 1000000000});
  if (field.name() == "minor") {
    return OneOf<int64_t>({0, 100, 100, 200, 5000, std::numeric_limits<int64_t>::max()});
  }
  return OneOf<int64_t>({0, 1, 2, 1996});
}

// Fields that nearly every combination of others excludes: mostly left out.
bool IsRare(const FieldDescriptor& field) {
  if (field.name() == "custom") return true;
  if (field.containing_type() == setup::v1::FieldDefinition::descriptor()) {
    static const std::set<std::string> kSpecial = {"personal",    "max_bytes",   "min",
                                                   "max",         "choices",     "lookup",
                                                   "lookup_rule", "rollup_rule", "retired"};
    return kSpecial.contains(field.name());
  }
  static const std::set<std::string> kRare = {
      "due_time",        "direction",        "participant_ids", "tags",
      "recurrence_rule", "previous_id",      "lead_id",         "contact_id",
      "opportunity_id",  "duration_minutes", "external_key"};
  return field.file()->package() == "daybook.work.v1" && kRare.contains(field.name());
}

void FillMask(const Message* resource, google::protobuf::FieldMask* mask) {
  const int count = Choose(3) + 1;
  for (int i = 0; i < count && resource != nullptr; ++i) {
    const auto* type = resource->GetDescriptor();
    const auto* field = type->field(Choose(type->field_count()));
    const bool writable = !field->options().GetExtension(options::v1::field).immutable();
    if (writable || Choose(20) == 0) mask->add_paths(field->name());
    if (field->name() == "custom")
      mask->add_paths(OneOf<std::string>({"custom.hours", "custom.x"}));
  }
}

void FillField(Message* message, const FieldDescriptor& field, const Message* resource) {
  const auto* r = message->GetReflection();
  const bool add = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return add ? r->AddString(message, &field, RandomText(field))
                 : r->SetString(message, &field, RandomText(field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->SetBool(message, &field, Choose(2) == 1);
    case FieldDescriptor::CPPTYPE_ENUM:
      return r->SetEnumValue(
          message, &field,
          field.enum_type()->value(Choose(field.enum_type()->value_count()))->number());
    case FieldDescriptor::CPPTYPE_INT32:
      return r->SetInt32(message, &field, static_cast<int32_t>(RandomNumber(field)));
    case FieldDescriptor::CPPTYPE_INT64:
      return r->SetInt64(message, &field, RandomNumber(field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->SetUInt32(message, &field, static_cast<uint32_t>(RandomNumber(field)));
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->SetUInt64(message, &field, static_cast<uint64_t>(RandomNumber(field)));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FillRandom(add ? r->AddMessage(message, &field) : r->MutableMessage(message, &field),
                        resource);
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      ADD_FAILURE() << field.full_name();
  }
}

}  // namespace

int Choose(int count) { return *rc::gen::resize(1000, rc::gen::inRange(0, count)); }

void FillRandom(Message* message, const Message* resource) {
  if (auto* date = dynamic_cast<type::v1::Date*>(message)) {
    *date = Proto<type::v1::Date>(
        OneOf<std::string>({"year: 2026 month: 1 day: 5", "year: 2026 month: 3 day: 1",
                            "year: 2026 month: 6 day: 1"}));
    return;
  }
  if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(message)) {
    time->set_seconds(OneOf<int64_t>({1769900000, 1780660800}));  // February, June 2026
    return;
  }
  if (auto* value = dynamic_cast<type::v1::CustomValue*>(message)) {
    value->set_name(OneOf<std::string>({"hours", "hours", "hours", "x"}));
    return value->set_integer(OneOf<int64_t>({1, 2, 2, 99}));
  }
  if (auto* mask = dynamic_cast<google::protobuf::FieldMask*>(message)) {
    return FillMask(resource, mask);
  }
  const auto* type = message->GetDescriptor();
  const auto* masked = type->FindFieldByName("update_mask");
  for (int i = 0; i < type->field_count(); ++i) {
    const auto& field = *type->field(i);
    if (field.name() == "meta" || field.name() == "effective_at") continue;
    const auto security = field.options().GetExtension(options::v1::field).security();
    if (security == options::v1::SECURITY_CLASS_SYSTEM && Choose(10) > 0) continue;
    if (IsRare(field) && Choose(8) > 0) continue;
    const bool needed = masked != nullptr || field.name() == "header" || field.name() == "currency";
    const int count = field.is_repeated() ? Choose(4) : (needed || Choose(4) > 0 ? 1 : 0);
    for (int n = 0; n < count; ++n) {
      const Message* about = resource;
      if (&field == masked) {
        about = &message->GetReflection()->GetMessage(*message, type->field(i - 1));
      }
      FillField(message, field, about);
    }
  }
}

}  // namespace daybook::testing
