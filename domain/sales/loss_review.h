#pragma once

// The check of a lost deal, or of what was declined of one for one reason, by a consultant group.
// OPEN -> TAKEN -> REVIEWED -> CLOSED or RETURNED (with sales again) -> CLOSED. The deal opens it
// with the loss, sends it on when its reason is corrected (then it is OPEN again, or CLOSED when
// the reviewer had found that very reason) and closes it when it is reopened. Rules: the owner of
// the deal never checks the loss; the group is that of the reason, else, as an alarm, the default
// one of the organisation; an organisation without a default group checks nothing. Whether a review
// is overdue is decided when asked: open or taken after `due_date`.

#include <vector>

#include "daybook/sales/v1/loss_review_events.pb.h"
#include "daybook/sales/v1/loss_review_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kLossReviewRoutesMax = 50;
// Days until a review in the default group is overdue.
inline constexpr int kFallbackReviewDays = 7;

struct LossReview {
  static constexpr absl::string_view kName = "loss_review";
  using Record = sales::v1::LossReview;
  struct State {
    Record record;
  };
  using Event = sales::v1::LossReviewEvent;
  using Result = absl::StatusOr<Decision<Event>>;
  using OpenRequest = sales::v1::OpenLossReviewRequest;
  using RouteRequest = sales::v1::RouteLossReviewRequest;
  using WithdrawRequest = sales::v1::WithdrawLossReviewRequest;
  using TakeRequest = sales::v1::TakeLossReviewRequest;
  using RecordRequest = sales::v1::RecordLossReviewRequest;
  using ReturnRequest = sales::v1::ReturnLossReviewRequest;
  using CloseRequest = sales::v1::CloseLossReviewRequest;
  using UpdateRequest = sales::v1::UpdateLossReviewRequest;

  static void Evolve(State& state, const Event& event);
  // None.
  static std::vector<Claim> Claims(const State& state);

  // The group of the reason, and the organisation.
  static absl::Status Gather(const State&, const OpenRequest&, FactLoader&);
  // The same, and the deal.
  static absl::Status Gather(const State&, const RouteRequest&, FactLoader&);
  // The deal.
  static absl::Status Gather(const State&, const WithdrawRequest&, FactLoader&);
  static absl::Status Gather(const State&, const TakeRequest&, FactLoader&);
  static absl::Status Gather(const State&, const RecordRequest&, FactLoader&);

  static Result Decide(const State&, const OpenRequest&, const Context&);
  static Result Decide(const State&, const RouteRequest&, const Context&);
  static Result Decide(const State&, const WithdrawRequest&, const Context&);
  static Result Decide(const State&, const TakeRequest&, const Context&);
  static Result Decide(const State&, const RecordRequest&, const Context&);
  static Result Decide(const State&, const ReturnRequest&, const Context&);
  static Result Decide(const State&, const CloseRequest&, const Context&);
  static Result Decide(const State&, const UpdateRequest&, const Context&);
};

// For Gather: what ChecksLosses needs.
absl::Status LoadLossReviewSwitch(FactLoader& loader);
// Whether the organisation has lost deals checked. False unless loaded.
bool ChecksLosses(const Context& context);

}  // namespace daybook::domain
