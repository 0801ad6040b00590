#pragma once

// Answers: how many deals stand in each column, and what they are worth (F-046, F-065, F-066).
//
// Open deals count by expected close date, closed ones by close date; deals without that date are
// in no period. Archived deals are on no board. The columns that this file returns are those with
// at least one deal: labels, empty columns and the order of stages come from the sales processes
// and are the caller's.

#include <optional>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kSalesBoardView[] = "sales_board";

// What is summed under every key. DO NOT CHANGE numbers: on disk (a change needs a new version of
// the view).
enum BoardMeasure : uint8_t {
  kBoardCount = 1,
  kBoardWithoutValue = 2,
  kBoardCycleCount = 3,    // closed deals with both times
  kBoardCycleSeconds = 4,  // from opening to the latest close
  kBoardProjected = 5,     // per currency
  kBoardWeightedNano = 6,  // per currency: value × probability, scaled by 10^9; open deals only
  kBoardActual = 7,        // per currency
  kBoardLost = 8,          // per currency
};

// Half-open period of days.
struct BoardPeriod {
  absl::CivilDay from;
  absl::CivilDay until;
};

struct BoardQuery {
  std::string owner_id;    // empty: all
  std::string process_id;  // empty: all
  std::optional<BoardPeriod> period;
  std::string crm_project_id = {};  // empty: of all projects and of none
};

// One column: an open stage of a process, or an outcome of a process (stage empty).
struct BoardColumnSums {
  std::string process_id;
  sales::v1::OpportunityState state = sales::v1::OPPORTUNITY_STATE_OPEN;
  std::string stage;
  Measures sums;
};

struct BoardResult {
  std::vector<BoardColumnSums> columns;  // by process, state, stage
};

// Value x probability of an open deal, scaled by 10^9; 0 without a value.
absl::int128 WeightedNano(const sales::v1::Opportunity& deal);
// The weighted value: the exact sum, rounded once, half to even (FORMULAS.md 5.3).
absl::int128 WeightedMinor(const Measures& sums, absl::string_view currency);

// Errors: VIEW_UNAVAILABLE.
absl::StatusOr<BoardResult> ReadSalesBoard(const Snapshot& snapshot, const BoardQuery& query);

// Sums of one account's own deals, all columns of it.
absl::StatusOr<BoardResult> ReadAccountBoard(const Snapshot& snapshot,
                                             absl::string_view account_id);
// The same of all accounts that have deals, by account.
struct AccountBoard {
  std::string account_id;  // empty: deals without an account
  BoardResult board;
};
absl::StatusOr<std::vector<AccountBoard>> ReadAccountBoards(const Snapshot& snapshot);

// The view.
Projection SalesBoard();

}  // namespace daybook::projections
