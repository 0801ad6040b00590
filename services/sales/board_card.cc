#include "services/sales/board_card.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "daybook/sales/v1/lead.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "daybook/work/v1/activity.pb.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
namespace work = ::daybook::work::v1;
using google::protobuf::Message;

int64_t DayNumber(bool has, const type::v1::Date& date) {
  if (!has) return INT64_MAX;
  return absl::CivilDay(date.year(), date.month(), date.day()) - absl::CivilDay();
}

void FillLead(const pb::Lead& lead, pb::BoardCard* card) {
  card->set_title(lead.company());
  if (lead.company().empty()) {
    card->set_title(
        absl::StrCat(lead.given_name(), lead.given_name().empty() ? "" : " ", lead.family_name()));
  }
  card->set_owner_id(lead.owner_id());
  card->set_revision(lead.meta().revision());
  if (lead.state() == pb::LEAD_STATE_RECYCLED) *card->mutable_day() = lead.return_date();
}

void FillDeal(const pb::Opportunity& deal, pb::BoardCard* card) {
  const bool open = deal.state() == pb::OPPORTUNITY_STATE_OPEN;
  card->set_title(deal.subject());
  card->set_owner_id(deal.owner_id());
  card->set_revision(deal.meta().revision());
  if (deal.has_actual_value()) {
    *card->mutable_value() = deal.actual_value();
  } else if (deal.has_value()) {
    *card->mutable_value() = deal.value();
  }
  if (open && deal.has_expected_close_date()) *card->mutable_day() = deal.expected_close_date();
  if (!open && deal.has_close_date()) *card->mutable_day() = deal.close_date();
}

void FillActivity(const work::Activity& activity, pb::BoardCard* card) {
  card->set_title(activity.subject());
  card->set_owner_id(activity.assignee_id());
  card->set_revision(activity.meta().revision());
  if (activity.has_due_on()) *card->mutable_day() = activity.due_on();
}

}  // namespace

int64_t BoardCardOrder(pb::BoardKind kind, const Message& record) {
  if (kind == pb::BOARD_KIND_LEAD) {
    const auto& lead = static_cast<const pb::Lead&>(record);
    return lead.has_score() ? -int64_t{lead.score()} : INT64_MAX;
  }
  if (kind == pb::BOARD_KIND_ACTIVITY) {
    const auto& activity = static_cast<const work::Activity&>(record);
    if (activity.state() == work::ACTIVITY_STATE_DONE) return -activity.done_time().seconds();
    return DayNumber(activity.has_due_on(), activity.due_on());
  }
  const auto& deal = static_cast<const pb::Opportunity&>(record);
  if (deal.state() != pb::OPPORTUNITY_STATE_OPEN) {
    return deal.has_close_date() ? -DayNumber(true, deal.close_date()) : INT64_MAX;
  }
  return DayNumber(deal.has_expected_close_date(), deal.expected_close_date());
}

void FillBoardCard(pb::BoardKind kind, const Message& record, pb::BoardCard* card) {
  if (kind == pb::BOARD_KIND_LEAD) return FillLead(static_cast<const pb::Lead&>(record), card);
  if (kind == pb::BOARD_KIND_ACTIVITY) {
    return FillActivity(static_cast<const work::Activity&>(record), card);
  }
  FillDeal(static_cast<const pb::Opportunity&>(record), card);
}

}  // namespace daybook::services
