#include "projections/projection.h"
#include "projections/sales_board.h"
#include "projections/stage_intervals.h"

namespace daybook::projections {

const std::vector<Projection>& AllProjections() {
  static const auto* const all = new std::vector<Projection>{
      SalesBoard(),
      StageIntervals(),
  };
  return *all;
}

}  // namespace daybook::projections
