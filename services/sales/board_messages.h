#pragma once

// Turning the sums of the board's view into the messages of SalesBoardService.

#include <string>
#include <vector>

#include "daybook/sales/v1/sales_board_service.pb.h"
#include "daybook/setup/v1/sales_process.pb.h"
#include "projections/sales_board.h"
#include "services/rpc.h"

namespace daybook::services {

// The board with columns in the order of the processes, stages without deals included, and its
// rates.
absl::Status FillBoard(const Query& query, const projections::BoardResult& board,
                       const std::string& process_id, sales::v1::GetSalesBoardResponse* response);

// Id and label of the stages of a process: in the order of the version in force, then those that
// only earlier versions have.
std::vector<std::pair<std::string, std::string>> StagesOf(const setup::v1::SalesProcess& process);

// One entry per currency in which anything is not zero; a sum that does not fit 64 bits is marked.
std::vector<sales::v1::BoardAmounts> AmountsOf(const projections::Measures& sums);

}  // namespace daybook::services
