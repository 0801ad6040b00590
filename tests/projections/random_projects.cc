#include "tests/projections/random_projects.h"

#include "daybook/sales/v1/loss_review_events.pb.h"
#include "daybook/sales/v1/opportunity_events.pb.h"
#include "daybook/sales/v1/project_customer_events.pb.h"
#include "domain/base/time.h"

namespace daybook::testing {

namespace pb = sales::v1;

RandomProjects::RandomProjects(LogBuilder& log, std::mt19937_64& random)
    : log_(log), random_(random) {
  for (auto* ids : {&projects_, &reasons_, &units_}) {
    for (int i = 0; i < 2; ++i) ids->push_back(log.NewId());
  }
}

void RandomProjects::AddEvent(const std::vector<std::string>& accounts, absl::Time moment) {
  if (Draw(2) == 0) return AddCustomerEvent(accounts, moment);
  if (reviews_.empty() || Draw(3) == 0) return OpenReview(moment);
  ChangeReview(moment);
}

void RandomProjects::AddCustomerEvent(const std::vector<std::string>& accounts, absl::Time moment) {
  pb::ProjectCustomerEvent event;
  if (customers_.empty() || Draw(2) == 0) {
    auto* customer = event.mutable_added()->mutable_project_customer();
    customers_.push_back(log_.NewId());
    customer->set_id(customers_.back());
    customer->set_crm_project_id(Any(projects_));
    customer->set_account_id(Any(accounts));
    log_.Add("project_customer", customers_.back(), event, moment);
    return;
  }
  if (Draw(2) == 0) {
    event.mutable_archived();
  } else {
    event.mutable_restored();
  }
  log_.Add("project_customer", Any(customers_), event, moment);
}

void RandomProjects::OpenReview(absl::Time moment) {
  pb::LossReviewEvent event;
  auto* review = event.mutable_opened()->mutable_loss_review();
  reviews_.push_back(log_.NewId());
  review->set_id(reviews_.back());
  review->set_state(pb::LOSS_REVIEW_STATE_OPEN);
  review->set_close_reason_id(Any(reasons_));
  review->set_unit_id(Any(units_));
  *review->mutable_opened_date() = ToProto(absl::CivilDay(2026, 1, 1) + Draw(60));
  *review->mutable_due_date() = ToProto(absl::CivilDay(2026, 1, 8) + Draw(60));
  review->mutable_lost_value()->set_minor(Draw(1000));
  review->mutable_lost_value()->set_currency(Draw(2) == 0 ? "USD" : "EUR");
  log_.Add("loss_review", reviews_.back(), event, moment);
}

void RandomProjects::ChangeReview(absl::Time moment) {
  pb::LossReviewEvent event;
  switch (Draw(4)) {
    case 0:
      event.mutable_taken();
      break;
    case 1:
      event.mutable_recorded()->set_verdict(static_cast<pb::LossVerdict>(1 + Draw(4)));
      event.mutable_recorded()->set_reviewed_reason_id(Any(reasons_));
      break;
    case 2: {
      auto* route = event.mutable_routed()->mutable_route();
      route->set_close_reason_id(Any(reasons_));
      route->set_unit_id(Any(units_));
      route->set_fallback(Draw(2) == 0);
      *route->mutable_due_date() = ToProto(absl::CivilDay(2026, 2, 8) + Draw(60));
      event.mutable_routed()->set_state(pb::LOSS_REVIEW_STATE_OPEN);
      break;
    }
    default:
      event.mutable_closed()->set_end(pb::LOSS_REVIEW_END_DONE);
  }
  log_.Add("loss_review", Any(reviews_), event, moment);
}

void RandomProjects::ChangeDeal(const std::vector<std::string>& processes, absl::Time moment,
                                pb::Opportunity* deal) {
  pb::OpportunityEvent event;
  if (deal->archived()) {
    event.mutable_restored();
    deal->set_archived(false);
  } else if (Draw(2) == 0) {
    event.mutable_archived();
    deal->set_archived(true);
  } else {
    auto* changed = event.mutable_project_changed();
    if (Draw(3) > 0) changed->set_to_crm_project_id(Any(projects_));
    changed->set_from_process_id(deal->process_id());
    changed->set_from_stage(deal->stage());
    if (deal->state() == pb::OPPORTUNITY_STATE_OPEN && Draw(2) == 0) {
      deal->set_process_id(Any(processes));
    }
    changed->set_to_process_id(deal->process_id());
    changed->set_to_stage(deal->stage());
    changed->set_stage_probability(deal->stage_probability());
  }
  log_.Add("opportunity", deal->id(), event, moment);
}

}  // namespace daybook::testing
