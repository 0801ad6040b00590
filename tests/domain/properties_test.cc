// For all aggregates: whatever commands come, what they decide holds together.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/options/v1/field_options.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "daybook/setup/v1/field_catalog.pb.h"
#include "daybook/work/v1/activity.pb.h"
#include "domain/base/money.h"
#include "domain/base/time.h"
#include "domain/fields/custom.h"
#include "domain/registry.h"
#include "domain/sales/card_order.h"
#include "domain/setup/sales_process.h"
#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "tests/domain/random_requests.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

using domain::AnyState;
using domain::EventList;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Texts = std::vector<std::string>;

constexpr int kCommandsMax = 30;
constexpr uint64_t kRoundsMax = 30;  // of 100 histories

// The records beside the one under test: 2 is good, 3 out of use, 4 another good one, 6 a child
// of 1.
class Records {
 public:
  Records() {
    for (const absl::string_view tree : {"account", "unit", "product_category"}) {
      Add(tree, 2, "");
      Add(tree, 4, "");
      Add(tree, 6, absl::StrCat("parent_id: '", Id(1), "'"));
    }
    Add("unit", 2, "state: UNIT_STATE_OPEN");
    Add("unit", 3, "state: UNIT_STATE_CLOSED");
    Add("account", 3, "archived: true");
    Add("user", 2, "state: USER_STATE_ACTIVE");
    Add("user", 3, "state: USER_STATE_INACTIVE");
    Add("user", 4, "state: USER_STATE_ACTIVE");
    Add("product", 2,
        "state: PRODUCT_STATE_ACTIVE quantity_decimals: 1 "
        "list_price { minor: 1250 currency: 'EUR' }");
    Add("product", 3, "state: PRODUCT_STATE_DISCONTINUED");
    Add("product", 4, "state: PRODUCT_STATE_DRAFT");
    Add("close_reason", 2, "kind: CLOSE_REASON_KIND_LOST code: 'price' active: true");
    Add("close_reason", 3, "kind: CLOSE_REASON_KIND_LOST code: 'weather'");
    Add("close_reason", 4, "kind: CLOSE_REASON_KIND_WON code: 'service' active: true");
    Add("close_reason", 6, "kind: CLOSE_REASON_KIND_ABANDONED code: 'silence' active: true");
    Add("sales_process", 2,
        "published_version: 2 versions { number: 1 stages { id: 'prospect' probability: 1 } "
        "stages { id: 'offer' probability: 2 mandatory_field: 'value' } "
        "stages { id: 'order' probability: 3 mandatory_field: 'job_requests' } } "
        "versions { number: 2 stages { id: 'prospect' probability: 1 } "
        "stages { id: 'order' probability: 3 } mapping { from: 'offer' to: 'order' } } "
        "fixed_labels { field: 'weight' version: 1 labels { label: 'alpha' } }");
    Add("sales_process", 4, "draft { number: 1 }");
    Add("assignment_rule", 2,
        absl::StrCat("state: POLICY_STATE_IN_FORCE versions { number: 1 steps { id: 'a' members { "
                     "user_id: '",
                     Id(4), "' } } }"));
    Add("scoring_policy", 2,
        "state: POLICY_STATE_IN_FORCE versions { number: 1 rules { id: 'a' condition: 'visits > 1' "
        "points: 5 } }");
    Add("contact", 2, absl::StrCat("family_name: 'C' account_id: '", Id(2), "'"));
    Add("contact", 3, "family_name: 'D' archived: true");
    Add("opportunity", 2,
        absl::StrCat("state: OPPORTUNITY_STATE_OPEN project_request_id: '", Id(1),
                     "' loss_reviews { loss_review_id: '", Id(1), "' close_reason_id: '", Id(2),
                     "' }"));
    Add("organisation", 2, absl::StrCat("loss_review_unit_id: '", Id(4), "'"));
    Add("crm_project", 2, absl::StrCat("name: 'P' crm_enabled: true process_id: '", Id(2), "'"));
    Add("crm_project", 4, "name: 'Q'");
    Add("opportunity", 3, "state: OPPORTUNITY_STATE_WON");
    Add("brand", 2, "name: 'North'");
    Add("class_scheme", 2,
        "version: 1 versions { number: 1 classes { id: 'alpha' label: 'A' } classes { id: 'beta' "
        "label: 'B' } }");
    Add("org_position", 2,
        absl::StrCat(
            "account_id: '", Id(2), "' contact_id: '", Id(2),
            "' stretches { effective_from { year: 2020 month: 1 day: 1 } } positions: ''"));
    for (const domain::ObjectType& type : domain::Registry::Get().types()) {
      if (!type.takes_custom()) continue;
      auto catalog = std::make_shared<setup::v1::FieldCatalog>();
      catalog->set_id(domain::FieldCatalogId(type.aggregate()));
      auto* hours = catalog->add_fields();
      hours->set_name("hours");
      hours->set_kind(setup::v1::CUSTOM_FIELD_KIND_INTEGER);
      hours->set_max(40);
      all[{"field_catalog", catalog->id()}] = catalog;
    }
    Add("lead", 2, absl::StrCat("assignment_rule_id: '", Id(1), "' assignment_turn: 1"));
  }

  std::map<std::pair<std::string, std::string>, std::shared_ptr<Message>> all;

 private:
  void Add(absl::string_view aggregate, int id, absl::string_view text) {
    std::shared_ptr<Message> record(domain::FindAggregate(aggregate)->record->New());
    ParseText(absl::StrCat("id: '", Id(id), "' ", text), record.get());
    all[{std::string(aggregate), Id(id)}] = record;
  }
};

class World final : public domain::FactLoader {
 public:
  absl::StatusOr<const Message*> Load(absl::string_view aggregate, absl::string_view id) override {
    const auto found = Others().all.find({std::string(aggregate), std::string(id)});
    if (found == Others().all.end()) return nullptr;
    facts.Add(aggregate, id, found->second);
    return found->second.get();
  }
  absl::StatusOr<std::vector<std::string>> Ids(absl::string_view aggregate) override {
    std::vector<std::string> ids;
    for (const auto& [key, record] : Others().all) {
      if (absl::string_view(key.first) == aggregate) ids.push_back(key.second);
    }
    return ids;
  }

  domain::Facts facts;

 private:
  static const Records& Others() {
    static const auto* const kOthers = new Records();
    return *kOthers;
  }
};

void LoadLookups(const Message& request, World* world) {
  std::vector<const FieldDescriptor*> fields;
  request.GetReflection()->ListFields(request, &fields);
  for (const auto* field : fields) {
    const auto& lookup = field->options().GetExtension(options::v1::field).lookup();
    const auto* r = request.GetReflection();
    const bool message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (lookup.empty() && !message) continue;
    for (int i = 0; i < (field->is_repeated() ? r->FieldSize(request, field) : 1); ++i) {
      if (message) {
        LoadLookups(field->is_repeated() ? r->GetRepeatedMessage(request, field, i)
                                         : r->GetMessage(request, field),
                    world);
      } else {
        RC_ASSERT(world
                      ->Load(lookup, field->is_repeated() ? r->GetRepeatedString(request, field, i)
                                                          : r->GetString(request, field))
                      .ok());
      }
    }
  }
}

domain::Context ContextOf(const domain::CommandType& command, const Message& request,
                          const World& world) {
  domain::Context context;
  context.now = context.effective_at = *ParseInstant("2026-03-01T11:00:00Z");
  context.zone = absl::UTCTimeZone();
  context.currency = "EUR";
  context.target_id = command.target == nullptr ? Id(1) : command.target(request);
  if (const auto* move = dynamic_cast<const sales::v1::MoveCardRequest*>(&request)) {
    context.target_id = domain::CardOrderId(move->kind(), "");  // an order has no other
  }
  context.facts = &world.facts;
  context.new_id = [made = 9001]() mutable { return Id(made++); };
  return context;
}

absl::StatusOr<EventList> Decide(const domain::CommandType& command, const AnyState& state,
                                 const Message& request) {
  World world;
  LoadLookups(request, &world);
  if (command.gather != nullptr) {
    const absl::Status gathered = command.gather(state, request, world);
    if (!gathered.ok()) return gathered;
  }
  return command.decide(state, request, ContextOf(command, request, world));
}

// What follows from a command, in text.
std::string FollowUpsOf(const domain::CommandType& command, const AnyState& after,
                        const Message& request) {
  if (command.follow == nullptr) return "";
  World world;
  LoadLookups(request, &world);
  if (command.gather != nullptr) command.gather(after, request, world).IgnoreError();
  const auto follow_ups = command.follow(after, request, ContextOf(command, request, world));
  if (!follow_ups.ok()) return std::string(follow_ups.status().message());
  std::string text;
  for (const auto& request_text : *follow_ups) absl::StrAppend(&text, request_text->DebugString());
  return text;
}

// What is true of a deal after any history.
void CheckDeal(const sales::v1::Opportunity& deal) {
  if (deal.id().empty()) return;
  std::set<std::string> currencies;
  type::v1::Money sum;
  for (const auto& job_request : deal.job_requests()) {
    currencies.insert(job_request.value().currency());
    if (!deal.value_from_job_requests()) continue;
    // Only a value that follows them has to fit.
    const auto next = AddMoney(sum, job_request.value());
    RC_ASSERT(next.ok());
    sum = *next;
  }
  RC_ASSERT(!deal.value_from_lines() || !deal.value_from_job_requests());
  type::v1::Money lines;
  for (const auto& line : deal.lines()) {
    currencies.insert(line.total().currency());
    RC_ASSERT(line.quantity() > 0);
    if (!deal.value_from_lines()) continue;
    const auto next = AddMoney(lines, line.total());
    RC_ASSERT(next.ok());
    lines = *next;
  }
  if (deal.value_from_lines()) RC_ASSERT(Difference(lines, deal.value()) == "");
  for (const auto& collaborator : deal.collaborators()) {
    RC_ASSERT(collaborator.user_id() != deal.owner_id());
  }
  if (deal.has_value()) currencies.insert(deal.value().currency());
  if (deal.has_gross_profit()) {
    currencies.insert(deal.gross_profit().currency());
    RC_ASSERT(deal.gross_profit().minor() <= deal.value().minor());
  }
  if (deal.has_actual_value()) currencies.insert(deal.actual_value().currency());
  RC_ASSERT(currencies.size() <= 1u);
  if (deal.value_from_job_requests()) {
    RC_ASSERT(deal.has_value() == !deal.job_requests().empty());
    if (deal.has_value()) RC_ASSERT(Difference(sum, deal.value()) == "");
  }
  const bool open = deal.state() == sales::v1::OPPORTUNITY_STATE_OPEN;
  RC_ASSERT(deal.has_close_date() == !open);
  RC_ASSERT(deal.has_close_time() == !open);
  RC_ASSERT(deal.has_actual_value() ==
            (deal.state() == sales::v1::OPPORTUNITY_STATE_WON ||
             deal.state() == sales::v1::OPPORTUNITY_STATE_PARTIALLY_WON));
  RC_ASSERT(deal.state() != sales::v1::OPPORTUNITY_STATE_LOST || !deal.close_reason_id().empty());
  RC_ASSERT(!open || deal.close_reason_id().empty());
  for (const auto& job_request : deal.job_requests()) {
    RC_ASSERT((job_request.state() == sales::v1::JOB_REQUEST_STATE_OPEN) == open);
  }
}

// What is true of an activity after any history.
void CheckActivity(const work::v1::Activity& activity) {
  if (activity.id().empty()) return;
  RC_ASSERT(activity.has_done_time() == (activity.state() == work::v1::ACTIVITY_STATE_DONE));
  RC_ASSERT(activity.done_time().seconds() <= 1772362800);  // never in the future
  RC_ASSERT(!activity.has_due_date() || !activity.has_due_time());
  RC_ASSERT(activity.has_due_on() == (activity.has_due_date() || activity.has_due_time()));
  RC_ASSERT(activity.recurrence_rule().empty() == (activity.occurrence() == 0));
  RC_ASSERT(activity.next_id().empty() || !activity.recurrence_rule().empty());
  const std::string& person =
      activity.contact_id().empty() ? activity.lead_id() : activity.contact_id();
  RC_ASSERT(activity.person_id() == person);
}

bool SameEvents(const EventList& a, const EventList& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Difference(*a[i], *b[i]) != "") return false;
  }
  return true;
}

// What is loaded from the views in place of the whole stream.
std::unique_ptr<AnyState> StateOfRecord(const domain::AggregateType& type, const Message& record) {
  auto state = type.new_state();
  state->record().CopyFrom(record);
  return state;
}

// Carries out one random command and checks what must hold. `accepted` collects kinds of events.
void Step(const domain::AggregateType& type, AnyState* state, Message* bare, EventList* history,
          std::set<std::string>* accepted) {
  const bool create = state->record().ByteSizeLong() == 0 && Choose(10) > 0;
  const auto& command = type.commands[create ? 0 : Choose(static_cast<int>(type.commands.size()))];
  std::unique_ptr<Message> request(command.request->New());
  FillRandom(request.get(), nullptr);
  auto decided = Decide(command, *state, *request);
  const auto again = Decide(command, *state, *request);
  RC_ASSERT(decided.ok() == again.ok());
  if (!decided.ok()) {
    RC_ASSERT(ReasonOf(decided.status()) != Reason::REASON_UNSPECIFIED);
    RC_ASSERT(ReasonOf(decided.status()) == ReasonOf(again.status()));
    const auto from_record = Decide(command, *StateOfRecord(type, *bare), *request);
    RC_ASSERT(ReasonOf(decided.status()) == ReasonOf(from_record.status()));
    return;
  }
  RC_ASSERT(SameEvents(*decided, *again));  // pure
  // A state is its record: decided on, it leads to the same (ADR 77).
  const auto from_record = Decide(command, *StateOfRecord(type, *bare), *request);
  RC_ASSERT(from_record.ok() && SameEvents(*decided, *from_record));
  RC_ASSERT(type.claims(*StateOfRecord(type, *bare)) == type.claims(*state));
  const auto loaded = StateOfRecord(type, *bare);
  for (auto& event : *decided) {
    std::unique_ptr<Message> stored(event->New());
    RC_ASSERT(stored->ParseFromString(event->SerializeAsString()));
    type.evolve(*state, *stored);
    type.evolve(*loaded, *stored);
    type.evolve_record(*bare, *stored);
    accepted->insert(EventTypeName(type, *event));
    history->push_back(std::move(event));
  }
  RC_ASSERT(Difference(state->record(), *bare) == "");
  if (!decided->empty()) {
    RC_ASSERT(FollowUpsOf(command, *loaded, *request) == FollowUpsOf(command, *state, *request));
  }
  // A job request or a line without an id is a new one each time, so is somebody's word that the
  // clock is right, and a card that is moved is there once the commands on its record followed;
  // every other command is carried out once.
  if (absl::EndsWith(request->GetTypeName(), ".MoveCardRequest") ||
      absl::EndsWith(request->GetTypeName(), ".AddJobRequestRequest") ||
      absl::EndsWith(request->GetTypeName(), ".AcceptClockRequest") ||
      absl::EndsWith(request->GetTypeName(), ".AddOpportunityLineRequest")) {
    return;
  }
  const auto repeated = Decide(command, *state, *request);
  const bool nothing = !repeated.ok() || repeated->empty();
  RC_ASSERT(nothing);
}

// Few random requests are good enough to open a deal, so most histories of deals begin with one.
void Begin(const domain::AggregateType& type, AnyState* state, Message* bare, EventList* history) {
  if (type.name != "opportunity" || Choose(4) == 0) return;
  std::unique_ptr<Message> event(type.event->New());
  ParseText(absl::StrCat("created { opportunity { id: '", Id(1), "' subject: 'deal' account_id: '",
                         Id(2), "' owner_id: '", Id(2), "' process_id: '", Id(2),
                         "' process_version: 1 stage: 'prospect' stage_probability: 1 "
                         "state: OPPORTUNITY_STATE_OPEN open_time { seconds: 1767600000 } "
                         "value_from_job_requests: true } }"),
            event.get());
  type.evolve(*state, *event);
  type.evolve_record(*bare, *event);
  history->push_back(std::move(event));
}

void CheckHistory(const domain::AggregateType& type, std::set<std::string>* accepted) {
  auto state = type.new_state();
  std::unique_ptr<Message> bare(type.record->New());
  EventList history;
  Begin(type, state.get(), bare.get(), &history);
  const int commands = Choose(kCommandsMax) + 1;
  for (int i = 0; i < commands; ++i) {
    Step(type, state.get(), bare.get(), &history, accepted);
    if (type.name == "opportunity") {
      CheckDeal(static_cast<const sales::v1::Opportunity&>(state->record()));
    } else if (type.name == "activity") {
      CheckActivity(static_cast<const work::v1::Activity&>(state->record()));
    }
  }
  // A snapshot anywhere with the tail after it is the whole history.
  const size_t cut = Choose(static_cast<int>(history.size()) + 1);
  auto replayed = type.new_state();
  for (size_t i = 0; i < cut; ++i) type.evolve(*replayed, *history[i]);
  auto from_snapshot = StateOfRecord(type, replayed->record());
  for (size_t i = cut; i < history.size(); ++i) type.evolve(*from_snapshot, *history[i]);
  RC_ASSERT(Difference(from_snapshot->record(), state->record()) == "");
  RC_ASSERT(type.claims(*from_snapshot) == type.claims(*state));
}

// The property with other random numbers than the rounds before.
bool CheckRound(const domain::AggregateType& type, uint64_t round,
                std::set<std::string>* accepted) {
  rc::detail::TestMetadata metadata;
  metadata.id = metadata.description = type.name;
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.seed += round;
  const rc::detail::TestResult result =
      rc::detail::checkTestable([&] { CheckHistory(type, accepted); }, metadata, params);
  const bool ok = result.is<rc::detail::SuccessResult>();
  if (!ok) rc::detail::printResultMessage(result, std::cerr);
  return ok;
}

TEST(DeciderPropertyTest, EveryHistoryFoldsToItsStateAndEveryCommandIsCarriedOutOnce) {
  for (const auto& type : domain::AllAggregates()) {
    std::set<std::string> accepted;
    const int kinds = type.event->GetDescriptor()->oneof_decl(0)->field_count();
    // The property would be empty if nothing were ever accepted. Some records take many random
    // requests until a few of them fit together.
    const auto enough = [&] { return static_cast<int>(accepted.size()) * 3 >= kinds * 2; };
    for (uint64_t round = 0; round < kRoundsMax && (round == 0 || !enough()); ++round) {
      ASSERT_TRUE(CheckRound(type, round, &accepted)) << type.name;
    }
    EXPECT_TRUE(enough()) << type.name
                          << " reached too few kinds of events: " << absl::StrJoin(accepted, ", ");
  }
}

}  // namespace
}  // namespace daybook::testing
