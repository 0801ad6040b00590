#include "projections/pipeline_moves.h"
#include "projections/projection.h"
#include "projections/sales_board.h"
#include "projections/stage_intervals.h"
#include "projections/win_loss.h"

namespace daybook::projections {

const std::vector<Projection>& AllProjections() {
  static const auto* const all = new std::vector<Projection>{
      SalesBoard(),
      StageIntervals(),
      PipelineMoves(),
      WinLoss(),
  };
  return *all;
}

}  // namespace daybook::projections
