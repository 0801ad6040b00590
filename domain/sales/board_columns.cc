#include "domain/sales/board_columns.h"

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead.pb.h"
#include "daybook/sales/v1/lead_service.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/work/v1/activity_service.pb.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity_rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;
namespace work = ::daybook::work::v1;

std::string NameOf(pb::LeadState state) {
  return std::string(ShortName(pb::LeadState_Name(state), "LEAD_STATE_"));
}

std::string NameOf(work::ActivityState state) {
  return std::string(ShortName(work::ActivityState_Name(state), "ACTIVITY_STATE_"));
}

// The command with what all of them take from the move. The revision that the caller saw is that of
// the first.
template <class Request>
std::shared_ptr<Request> CommandFor(const pb::MoveCardRequest& move, FollowUps* commands) {
  auto command = std::make_shared<Request>();
  command->set_id(move.card_id());
  command->mutable_header()->set_reason(move.header().reason());
  if (commands->empty() && move.has_card_revision()) {
    command->mutable_header()->set_expected_revision(move.card_revision());
  }
  commands->push_back(command);
  return command;
}

absl::Status Missing(absl::string_view field, absl::string_view column) {
  return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                absl::StrCat("a card moved to ", column, " needs ", field), {{"field", field}});
}

absl::Status NoSuchColumn(const pb::MoveCardRequest& move, absl::string_view columns) {
  return InvalidField("to_column", absl::StrCat("this board has no column '", move.to_column(),
                                                "'; there are ", columns));
}

absl::StatusOr<FollowUps> MoveLead(const pb::MoveCardRequest& move, const pb::Lead& lead) {
  FollowUps commands;
  const std::string& column = move.to_column();
  if (column == "NEW") {
    CommandFor<pb::ReturnRecycledLeadRequest>(move, &commands);
  } else if (column == "ASSIGNED") {
    const auto assign = CommandFor<pb::AssignLeadRequest>(move, &commands);
    assign->set_owner_id(move.owner_id());
    assign->set_by_rules(move.owner_id().empty());
  } else if (column == "WORKING") {
    CommandFor<pb::StartWorkingLeadRequest>(move, &commands);
  } else if (column == "GOOD") {
    CommandFor<pb::MarkLeadGoodRequest>(move, &commands);
  } else if (column == "BAD") {
    if (move.bad_reason().empty()) return Missing("bad_reason", column);
    CommandFor<pb::MarkLeadBadRequest>(move, &commands)->set_reason(move.bad_reason());
  } else if (column == "RECYCLED") {
    if (!move.has_return_date()) return Missing("return_date", column);
    *CommandFor<pb::RecycleLeadRequest>(move, &commands)->mutable_return_date() =
        move.return_date();
  } else if (column == "DO_NOT_CONTACT") {
    CommandFor<pb::SetLeadDoNotContactRequest>(move, &commands);
  } else if (column == "CONVERTED") {
    return IllegalTransition("lead", NameOf(lead.state()), "",
                             "convert it with ConvertLead, which asks for the account");
  } else {
    return NoSuchColumn(move,
                        "NEW, ASSIGNED, WORKING, GOOD, BAD, RECYCLED, CONVERTED, DO_NOT_CONTACT");
  }
  return commands;
}

absl::StatusOr<FollowUps> CloseDeal(const pb::MoveCardRequest& move, const pb::Opportunity& deal) {
  FollowUps commands;
  const std::string& column = move.to_column();
  if (column == "WON") {
    if (!move.has_actual_value()) return Missing("actual_value", column);
    *CommandFor<pb::WinOpportunityRequest>(move, &commands)->mutable_actual_value() =
        move.actual_value();
  } else if (column == "LOST") {
    if (move.lost_reason().empty()) return Missing("lost_reason", column);
    const auto lose = CommandFor<pb::LoseOpportunityRequest>(move, &commands);
    lose->set_close_reason_id(move.lost_reason());
    lose->set_competitor(move.competitor());
  } else if (column == "ABANDONED") {
    CommandFor<pb::AbandonOpportunityRequest>(move, &commands)
        ->set_close_reason_id(move.lost_reason());
  } else {
    return IllegalTransition("opportunity", OpportunityStateName(deal.state()), "",
                             "say with PartiallyWinOpportunity which job requests were accepted");
  }
  return commands;
}

absl::StatusOr<FollowUps> MoveDeal(const pb::MoveCardRequest& move, const pb::Opportunity& deal) {
  const std::string& column = move.to_column();
  if (column == "WON" || column == "LOST" || column == "ABANDONED" || column == "PARTIALLY_WON") {
    return CloseDeal(move, deal);
  }
  // A stage. A closed deal is in none: it is reopened first, in the stage it was in when it closed.
  FollowUps commands;
  if (deal.state() != pb::OPPORTUNITY_STATE_OPEN) {
    CommandFor<pb::ReopenOpportunityRequest>(move, &commands);
  }
  if (column != deal.stage()) {
    CommandFor<pb::ChangeOpportunityStageRequest>(move, &commands)->set_stage(column);
  }
  return commands;
}

absl::StatusOr<FollowUps> MoveActivity(const pb::MoveCardRequest& move) {
  FollowUps commands;
  const std::string& column = move.to_column();
  if (column == "PLANNED") {
    CommandFor<work::ReopenActivityRequest>(move, &commands);
  } else if (column == "DONE") {
    CommandFor<work::CompleteActivityRequest>(move, &commands)->set_outcome(move.outcome());
  } else if (column == "CANCELLED") {
    CommandFor<work::CancelActivityRequest>(move, &commands);
  } else {
    return NoSuchColumn(move, "PLANNED, DONE, CANCELLED");
  }
  return commands;
}

}  // namespace

absl::string_view BoardAggregate(pb::BoardKind kind) {
  switch (kind) {
    case pb::BOARD_KIND_LEAD:
      return "lead";
    case pb::BOARD_KIND_PIPELINE:
    case pb::BOARD_KIND_SALES:
      return "opportunity";
    case pb::BOARD_KIND_ACTIVITY:
      return "activity";
    case pb::BOARD_KIND_UNSPECIFIED:
    case pb::BoardKind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case pb::BoardKind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "";
}

std::string BoardColumn(pb::BoardKind kind, const google::protobuf::Message& card) {
  const absl::string_view aggregate = BoardAggregate(kind);
  if (aggregate == "lead") return NameOf(static_cast<const pb::Lead&>(card).state());
  if (aggregate == "activity") {
    return NameOf(static_cast<const work::Activity&>(card).state());
  }
  const auto& deal = static_cast<const pb::Opportunity&>(card);
  if (deal.state() == pb::OPPORTUNITY_STATE_OPEN) return deal.stage();
  return OpportunityStateName(deal.state());
}

absl::StatusOr<FollowUps> CommandsIntoColumn(const pb::MoveCardRequest& request,
                                             const google::protobuf::Message& card) {
  const absl::string_view aggregate = BoardAggregate(request.kind());
  if (aggregate == "lead") return MoveLead(request, static_cast<const pb::Lead&>(card));
  if (aggregate == "activity") return MoveActivity(request);
  return MoveDeal(request, static_cast<const pb::Opportunity&>(card));
}

}  // namespace daybook::domain
