#pragma once

// What a card shows of its record, and where it stands when nobody chose a place for it. Pure.

#include "daybook/sales/v1/board_service.pb.h"

namespace daybook::services {

// Smaller stands above: deals and plans by day, what is over latest first; leads by score.
int64_t BoardCardOrder(sales::v1::BoardKind kind, const google::protobuf::Message& record);

// REQUIRES: the record is of the board's kind.
void FillBoardCard(sales::v1::BoardKind kind, const google::protobuf::Message& record,
                   sales::v1::BoardCard* card);

}  // namespace daybook::services
