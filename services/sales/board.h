#pragma once

// The answers of BoardService.

#include "daybook/sales/v1/board_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

inline constexpr int kBoardCardsMax = 100;  // of a column in one answer
inline constexpr int kBoardCardsDefault = 10;
inline constexpr int kBoardPeriodDaysMax = 3653;  // ten years

absl::Status ReadBoard(const Query& query, const sales::v1::GetBoardRequest& request,
                       sales::v1::GetBoardResponse* response);

}  // namespace daybook::services
