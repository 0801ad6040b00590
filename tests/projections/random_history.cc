#include "tests/projections/random_history.h"

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/user_events.pb.h"
#include "daybook/party/v1/account_events.pb.h"
#include "daybook/party/v1/contact_events.pb.h"
#include "daybook/party/v1/org_position_events.pb.h"
#include "daybook/sales/v1/opportunity_events.pb.h"
#include "daybook/setup/v1/field_catalog_events.pb.h"
#include "daybook/work/v1/activity_events.pb.h"
#include "domain/base/check.h"
#include "domain/base/time.h"
#include "domain/fields/custom.h"
#include "domain/record/custom_values.h"
#include "google/protobuf/text_format.h"

namespace daybook::testing {

namespace pb = sales::v1;

namespace {

const char* const kStages[] = {"prospect", "offer", "order"};
constexpr int64_t kProbabilities[] = {100'000'000, 400'000'000, 600'000'000};
const char* const kCurrencies[] = {"USD", "USD", "EUR", "JPY"};

}  // namespace

RandomHistory::RandomHistory(LogBuilder& log, uint64_t seed) : log_(log), random_(seed) {
  processes_ = {log.NewId(), log.NewId()};
}

int RandomHistory::Draw(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }

std::string RandomHistory::Secret(absl::string_view stem) {
  secrets_.push_back(absl::StrCat(stem, "-", absl::Hex(random_(), absl::kZeroPad16)));
  return secrets_.back();
}

type::v1::Money RandomHistory::Money() {
  type::v1::Money money;
  money.set_minor(Draw(20) * 100'000 + Draw(3));
  money.set_currency(kCurrencies[Draw(4)]);
  return money;
}

type::v1::Date RandomHistory::Day() { return ToProto(absl::CivilDay(2026, 1, 1) + Draw(120)); }

absl::Time RandomHistory::Moment() { return log_.clock().Now() - absl::Seconds(Draw(5)); }

eventstore::LogPosition RandomHistory::Step() {
  const int events = 1 + (Draw(4) == 0 ? Draw(3) : 0);
  for (int i = 0; i < events; ++i) AddEvent();
  return log_.Commit();
}

void RandomHistory::DefineFields() {
  setup::v1::FieldCatalog catalog;
  DAYBOOK_CHECK(google::protobuf::TextFormat::ParseFromString(kDealFields, &catalog), "the fields");
  const std::string id = domain::FieldCatalogId("opportunity");
  for (const auto& definition : catalog.fields()) {
    setup::v1::FieldCatalogEvent event;
    auto* defined = event.mutable_field_defined();
    defined->set_id(id);
    defined->set_record_type("opportunity");
    *defined->mutable_definition() = definition;
    log_.Add("field_catalog", id, event);
  }
}

void RandomHistory::AddEvent() {
  if (users_.empty()) DefineFields();
  const int kind = Draw(100);
  if (users_.empty() || kind < 3) return AddUser();
  if (accounts_.empty() || kind < 10) return AddAccount();
  if (kind < 16) return ChangeAccount();
  if (contacts_.empty() || kind < 21) return AddContact();
  if (kind < 28) return ChangeContact();
  if (deals_.empty() || kind < 45) return AddDeal();
  if (activities_.empty() || kind < 49) return AddActivity();
  if (kind < 56) return ChangeActivity();
  if (kind < 68) return leads_.AddEvent(users_, accounts_, Moment());
  if (kind < 73) return projects_.AddEvent(accounts_, Moment());
  ChangeDeal();
}

void RandomHistory::AddUser() {
  admin::v1::UserEvent event;
  auto* user = event.mutable_created()->mutable_user();
  user->set_id(log_.NewId());
  users_.push_back(user->id());
  log_.Add("user", user->id(), event);
}

void RandomHistory::AddAccount() {
  party::v1::AccountEvent event;
  auto* account = event.mutable_created()->mutable_account();
  account->set_id(log_.NewId());
  account->set_name(absl::StrCat("Account ", Draw(50)));
  account->set_state(party::v1::ACCOUNT_STATE_PROSPECT);
  if (Draw(2) == 0) account->set_industry(Draw(2) == 0 ? "retail" : "energy");
  if (!accounts_.empty() && Draw(2) == 0) account->set_parent_id(Any(accounts_));
  account->set_employees(Draw(5) * 10);
  accounts_.push_back(account->id());
  log_.Add("account", account->id(), event);
}

// Days of an entry that holds for a time.
template <class Entry>
void RandomHistory::SetDays(Entry* entry) {
  *entry->mutable_effective_from() = Day();
  if (Draw(3) == 0) *entry->mutable_effective_until() = Day();
}

// Class, responsibilities and brand of an account; an archived one drops out of its class.
void RandomHistory::CareForAccount() {
  party::v1::AccountEvent event;
  switch (Draw(5)) {
    case 0: {
      auto* changed = event.mutable_class_changed();
      changed->set_class_scheme_id(processes_[0]);
      changed->set_to(Draw(2) == 0 ? "a" : "b");
      break;
    }
    case 1: {
      auto* entry = event.mutable_responsibility_assigned()->mutable_responsibility();
      entry->set_role(static_cast<party::v1::AccountRole>(1 + Draw(3)));
      for (int i = Draw(3); i >= 0; --i) entry->add_user_ids(Any(users_));
      SetDays(entry);
      break;
    }
    case 2: {
      auto* entry = event.mutable_brand_assigned()->mutable_assignment();
      entry->set_brand_id(processes_[static_cast<size_t>(Draw(2))]);
      SetDays(entry);
      break;
    }
    case 3:
      event.mutable_archived();
      break;
    default:
      event.mutable_restored();
  }
  log_.Add("account", Any(accounts_), event);
}

// A link of a contact, its end, or a place in a chart with a sealed position.
void RandomHistory::CareForContact() {
  party::v1::ContactEvent event;
  switch (Draw(3)) {
    case 0:
      event.mutable_linked()->mutable_link()->set_account_id(Any(accounts_));
      event.mutable_linked()->mutable_link()->set_role(Draw(2) == 0 ? "billing" : "");
      SetDays(event.mutable_linked()->mutable_link());
      break;
    case 1:
      event.mutable_unlinked()->set_account_id(Any(accounts_));
      *event.mutable_unlinked()->mutable_effective_until() = Day();
      break;
    default:
      return ChangeChart();
  }
  log_.Add("contact", Any(contacts_), event);
}

void RandomHistory::ChangeChart() {
  party::v1::OrgPositionEvent event;
  if (places_.empty() || Draw(3) == 0) {
    auto* place = event.mutable_added()->mutable_org_position();
    place->set_id(log_.NewId());
    place->set_account_id(Any(accounts_));
    place->set_contact_id(Any(contacts_));
    place->add_positions(Secret("Position"));
    SetDays(place->add_stretches());
    places_.emplace_back(place->id(), place->contact_id());
    log_.Add("org_position", place->id(), event);
    return;
  }
  const auto& [id, contact_id] =
      places_[static_cast<size_t>(Draw(static_cast<int>(places_.size())))];
  if (Draw(4) == 0) {
    *event.mutable_removed()->mutable_effective_from() = Day();
  } else {
    event.mutable_stretch_set()->set_contact_id(contact_id);
    event.mutable_stretch_set()->set_position(Secret("Position"));
    SetDays(event.mutable_stretch_set()->mutable_stretch());
  }
  log_.Add("org_position", id, event);
}

void RandomHistory::ChangeAccount() {
  if (Draw(4) > 0) return CareForAccount();
  party::v1::AccountEvent event;
  auto* changed = event.mutable_fields_changed();
  changed->mutable_fields()->add_paths("name");
  changed->mutable_after()->set_name(absl::StrCat("Account ", Draw(50)));
  log_.Add("account", Any(accounts_), event);
}

void RandomHistory::AddContact() {
  party::v1::ContactEvent event;
  auto* contact = event.mutable_created()->mutable_contact();
  contact->set_id(log_.NewId());
  contact->set_account_id(Any(accounts_));
  contact->set_family_name(Secret("Family"));
  if (Draw(3) > 0) contact->set_given_name(Secret("Given"));
  if (Draw(3) > 0) contact->set_email(Secret("mail"));
  contacts_.push_back(contact->id());
  log_.Add("contact", contact->id(), event);
}

void RandomHistory::ChangeContact() {
  if (Draw(2) == 0) return CareForContact();
  party::v1::ContactEvent event;
  if (Draw(4) == 0) {
    event.mutable_account_linked()->set_to_account_id(Any(accounts_));
  } else {
    auto* changed = event.mutable_fields_changed();
    changed->mutable_fields()->add_paths("email");
    if (Draw(4) > 0) changed->mutable_after()->set_email(Secret("mail"));
    if (Draw(3) == 0) {
      changed->mutable_fields()->add_paths("custom.nickname");
      auto* nickname = changed->mutable_after()->add_custom();
      nickname->set_name("nickname");
      nickname->set_personal_text(Secret("nick"));
    }
  }
  log_.Add("contact", Any(contacts_), event);
}

void RandomHistory::AddActivity() {
  work::v1::Activity activity;
  activity.set_id(log_.NewId());
  activity.set_kind(static_cast<work::v1::ActivityKind>(1 + Draw(5)));
  if (Draw(3) > 0) activity.set_account_id(Any(accounts_));
  if (Draw(3) > 0) activity.set_contact_id(Any(contacts_));
  if (Draw(3) > 0) activity.set_opportunity_id(Any(deals_).id());
  if (Draw(3) == 0) activity.add_participant_ids(Any(contacts_));
  activity.set_person_id(activity.contact_id());
  activity.set_assignee_id(Any(users_));
  activity.set_description(Secret("Description"));
  activities_.push_back(activity.id());
  work::v1::ActivityEvent event;
  if (Draw(2) == 0) {
    activity.set_state(work::v1::ACTIVITY_STATE_PLANNED);
    *activity.mutable_due_date() = *activity.mutable_due_on() = Day();
    *event.mutable_scheduled()->mutable_activity() = std::move(activity);
  } else {
    activity.set_state(work::v1::ACTIVITY_STATE_DONE);
    *activity.mutable_done_time() = ToProto(Moment());
    *event.mutable_logged()->mutable_activity() = std::move(activity);
  }
  log_.Add("activity", activities_.back(), event, Moment());
}

void RandomHistory::ChangeActivity() {
  work::v1::ActivityEvent event;
  switch (Draw(6)) {
    case 0:
      event.mutable_archived();
      break;
    case 1:
      event.mutable_restored();
      break;
    case 2:
      event.mutable_reopened();
      break;
    case 3:
      *event.mutable_rescheduled()->mutable_to()->mutable_on() = Day();
      break;
    case 4: {
      auto* changed = event.mutable_fields_changed();
      changed->mutable_fields()->add_paths("account_id");
      changed->mutable_after()->set_account_id(Any(accounts_));
      break;
    }
    default:
      *event.mutable_completed()->mutable_done_time() = ToProto(Moment());
      event.mutable_completed()->set_outcome(Secret("Outcome"));
  }
  log_.Add("activity", Any(activities_), event, Moment());
}

// A value for one of the fields of kDealFields; without one where it is cleared.
type::v1::CustomValue RandomHistory::Custom() {
  type::v1::CustomValue value;
  switch (Draw(4)) {
    case 0:
      value.set_name("budget");
      if (Draw(4) > 0) *value.mutable_money() = Money();
      break;
    case 1:
      value.set_name("hours");
      if (Draw(4) > 0) value.set_integer(Draw(7) - 2);
      break;
    case 2:
      value.set_name("region");
      if (Draw(4) > 0) value.set_text(Draw(2) == 0 ? "north" : "northeast");
      break;
    default:
      value.set_name("visit");
      if (Draw(4) > 0) *value.mutable_date() = Day();
  }
  return value;
}

void RandomHistory::ChangeCustom(pb::Opportunity& deal) {
  pb::OpportunityEvent event;
  auto* changed = event.mutable_fields_changed();
  for (int i = Draw(2); i >= 0; --i) {
    const type::v1::CustomValue value = Custom();
    changed->mutable_fields()->add_paths(domain::CustomPath(value.name()));
    if (domain::ValueOf(value).absent) continue;
    domain::PutCustomValue(value, changed->mutable_after()->mutable_custom());
  }
  log_.Add("opportunity", deal.id(), event, Moment());
}

void RandomHistory::AddDeal() {
  pb::Opportunity& deal = deals_.emplace_back();
  deal.set_id(log_.NewId());
  deal.set_subject(absl::StrCat("Deal ", Draw(30)));
  deal.set_state(pb::OPPORTUNITY_STATE_OPEN);
  deal.set_process_id(Any(processes_));
  const int stage = Draw(3);
  deal.set_stage(kStages[stage]);
  deal.set_stage_probability(kProbabilities[stage]);
  deal.set_owner_id(Any(users_));
  if (Draw(4) > 0) deal.set_account_id(Any(accounts_));
  if (Draw(4) > 0) *deal.mutable_value() = Money();
  if (Draw(3) == 0) deal.set_product_id(Any(processes_));
  for (int i = Draw(4); i > 0; --i) {
    auto* request = deal.add_job_requests();
    request->set_id(log_.NewId());
    *request->mutable_value() = Money();
  }
  if (Draw(3) > 0) *deal.mutable_expected_close_date() = Day();
  const absl::Time opened = Moment();
  *deal.mutable_open_time() = ToProto(opened);
  deal.set_imported(Draw(2) == 0);
  if (Draw(2) == 0) {
    const type::v1::CustomValue value = Custom();
    if (!domain::ValueOf(value).absent) *deal.add_custom() = value;
  }
  pb::OpportunityEvent event;
  *event.mutable_created()->mutable_opportunity() = deal;
  log_.Add("opportunity", deal.id(), event, opened);
}

void RandomHistory::ChangeDeal() {
  pb::Opportunity& deal = Any(deals_);
  if (deal.archived() || Draw(6) == 0) return projects_.ChangeDeal(processes_, Moment(), &deal);
  if (deal.state() != pb::OPPORTUNITY_STATE_OPEN) {
    pb::OpportunityEvent event;
    event.mutable_reopened()->set_stage(deal.stage());
    event.mutable_reopened()->set_stage_probability(deal.stage_probability());
    if (Draw(2) == 0) *event.mutable_reopened()->mutable_expected_close_date() = Day();
    deal.set_state(pb::OPPORTUNITY_STATE_OPEN);
    log_.Add("opportunity", deal.id(), event, Moment());
  } else if (Draw(3) == 0) {
    CloseDeal(deal);
  } else {
    ChangeOpenDeal(deal);
  }
}

void RandomHistory::AddJobRequest(pb::Opportunity& deal) {
  pb::OpportunityEvent event;
  auto* request = event.mutable_job_request_added()->mutable_job_request();
  request->set_id(log_.NewId());
  request->set_service("Translation");
  *request->mutable_value() = Money();
  log_.Add("opportunity", deal.id(), event, Moment());
}

// A line more, the first one less, or the deal follows its process into another version.
void RandomHistory::ChangeWhatIsOffered(pb::Opportunity& deal) {
  pb::OpportunityEvent event;
  const int kind = Draw(3);
  if (kind == 0) {
    auto* migrated = event.mutable_process_migrated();
    const int stage = Draw(3);
    migrated->set_from_stage(deal.stage());
    migrated->set_to_stage(kStages[stage]);
    migrated->set_to_version(static_cast<uint32_t>(1 + Draw(3)));
    migrated->set_stage_probability(kProbabilities[stage]);
    deal.set_stage(kStages[stage]);
    deal.set_stage_probability(kProbabilities[stage]);
  } else if (kind == 1 && !deal.lines().empty()) {
    *event.mutable_line_removed()->mutable_line() = deal.lines(0);
    deal.mutable_lines()->DeleteSubrange(0, 1);
  } else {
    auto* line = event.mutable_line_added()->mutable_line();
    line->set_id(log_.NewId());
    line->set_product_id(Any(processes_));  // any id will do
    line->set_quantity((1 + Draw(9)) * 500'000);
    *line->mutable_total() = Money();
    *deal.add_lines() = *line;
  }
  log_.Add("opportunity", deal.id(), event, Moment());
}

void RandomHistory::ChangeOpenDeal(pb::Opportunity& deal) {
  if (Draw(6) == 0) return ChangeCustom(deal);
  pb::OpportunityEvent event;
  switch (Draw(9)) {
    case 0:
    case 1: {
      const int stage = Draw(3);
      event.mutable_stage_changed()->set_from(deal.stage());
      event.mutable_stage_changed()->set_to(kStages[stage]);
      event.mutable_stage_changed()->set_stage_probability(kProbabilities[stage]);
      deal.set_stage(kStages[stage]);
      deal.set_stage_probability(kProbabilities[stage]);
      break;
    }
    case 2:
      *event.mutable_value_set()->mutable_to() = Money();
      break;
    case 3:
      event.mutable_probability_set();
      if (Draw(2) == 0) event.mutable_probability_set()->set_to(1 + Draw(999'999'999));
      break;
    case 4:
      event.mutable_assigned()->set_to_owner_id(Any(users_));
      break;
    case 5:
      event.mutable_account_linked()->set_to_account_id(Any(accounts_));
      break;
    case 6:
    case 7:
      return ChangeWhatIsOffered(deal);
    default:
      return AddJobRequest(deal);
  }
  log_.Add("opportunity", deal.id(), event, Moment());
}

void RandomHistory::CloseDeal(pb::Opportunity& deal) {
  pb::OpportunityEvent event;
  const absl::Time at = Moment();
  const auto close = [&](auto* closed) {
    *closed->mutable_close_date() = Day();
    *closed->mutable_close_time() = ToProto(at);
  };
  switch (Draw(4)) {
    case 0:
      close(event.mutable_won());
      *event.mutable_won()->mutable_actual_value() = Money();
      deal.set_state(pb::OPPORTUNITY_STATE_WON);
      break;
    case 1:
      close(event.mutable_partially_won());
      for (const auto& request : deal.job_requests()) {
        if (Draw(3) == 0) {
          event.mutable_partially_won()->add_accepted_job_request_ids(request.id());
          continue;
        }
        auto* declined = event.mutable_partially_won()->add_declined();
        declined->set_job_request_id(request.id());
        declined->set_close_reason_id(Any(processes_));  // any id does
      }
      *event.mutable_partially_won()->mutable_actual_value() = Money();
      *event.mutable_partially_won()->mutable_lost_value() = Money();
      deal.set_state(pb::OPPORTUNITY_STATE_PARTIALLY_WON);
      break;
    case 2:
      close(event.mutable_lost());
      *event.mutable_lost()->mutable_lost_value() = Money();
      event.mutable_lost()->set_close_reason_code("price");
      deal.set_state(pb::OPPORTUNITY_STATE_LOST);
      break;
    default:
      close(event.mutable_abandoned());
      deal.set_state(pb::OPPORTUNITY_STATE_ABANDONED);
      break;
  }
  log_.Add("opportunity", deal.id(), event, at);
}

}  // namespace daybook::testing
