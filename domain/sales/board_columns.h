#pragma once

// What the columns of a board stand for: in which one a record is, and the commands that bring it
// into another. Pure.

#include <string>

#include "absl/status/statusor.h"
#include "daybook/sales/v1/board_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

// The kind of record on a board: "lead", "opportunity", "activity". Empty for no board.
absl::string_view BoardAggregate(sales::v1::BoardKind kind);

// The column of a record: the stage of an open deal, otherwise the name of its state. REQUIRES: the
// record is of the board's kind.
std::string BoardColumn(sales::v1::BoardKind kind, const google::protobuf::Message& card);

// The commands that bring a card into request.to_column, as follow-ups. MISSING_REQUIRED_FOR_STATE
// with the field of the request that is missing; ILLEGAL_TRANSITION for columns that take more than
// a card to enter. REQUIRES: the card is not in that column.
absl::StatusOr<FollowUps> CommandsIntoColumn(const sales::v1::MoveCardRequest& request,
                                             const google::protobuf::Message& card);

}  // namespace daybook::domain
