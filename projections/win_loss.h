#pragma once

// Answers: how closed deals ended, by reason, competitor, the stage they were in, and owner, for
// any period of close dates (F-053, F-078, win rates and velocity of FORMULAS.md 5.7).

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "projections/projection.h"
#include "projections/sales_board.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kWinLossView[] = "win_loss";

// DO NOT CHANGE numbers: on disk.
enum WinLossMeasure : uint8_t {
  kWinLossCount = 1,
  kWinLossCycleCount = 2,    // with both times
  kWinLossCycleSeconds = 3,  // from opening to the close
  kWinLossActual = 4,        // per currency: as ordered
  kWinLossLost = 5,          // per currency: projected at the close, or declined
  // Of job requests that deals won in part had declined: told by the reasons of the requests,
  // beside the figures of the deals, which have none.
  kWinLossDeclinedCount = 6,
  kWinLossDeclined = 7,  // per currency
};

// By kStageOfVersion rows also tell process and version, so that stages of several versions are
// told apart.
enum class WinLossGroup { kNone, kReason, kCompetitor, kStage, kOwner, kStageOfVersion };

struct WinLossQuery {
  std::string owner_id;    // empty: everybody
  std::string process_id;  // empty: all
  // 0: all. Of the process that the deals followed when they were closed.
  uint32_t process_version = 0;
  std::optional<BoardPeriod> period;
  WinLossGroup group = WinLossGroup::kNone;
};

struct WinLossRow {
  std::string key;  // id of the reason or owner, name of the competitor or stage; empty: none
  std::string process_id;        // kStageOfVersion only, as
  uint32_t process_version = 0;  // this
  sales::v1::OpportunityState outcome = sales::v1::OPPORTUNITY_STATE_UNSPECIFIED;
  Measures sums;
};

// By process and version where they are told, key, then outcome. Errors: VIEW_UNAVAILABLE.
absl::StatusOr<std::vector<WinLossRow>> ReadWinLoss(const Snapshot& snapshot,
                                                    const WinLossQuery& query);

// The rows that one deal gives to that answer; none when it is not in it.
absl::StatusOr<std::vector<WinLossRow>> WinLossOf(const sales::v1::Opportunity& deal,
                                                  const WinLossQuery& query);

// The view.
Projection WinLoss();

}  // namespace daybook::projections
