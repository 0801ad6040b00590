#include "projections/account_assignments.h"
#include "projections/account_classes.h"
#include "projections/contact_links.h"
#include "projections/last_contact.h"
#include "projections/lead_board.h"
#include "projections/lead_stays.h"
#include "projections/loss_reviews.h"
#include "projections/pipeline_moves.h"
#include "projections/project_deals.h"
#include "projections/projection.h"
#include "projections/sales_board.h"
#include "projections/sold_products.h"
#include "projections/stage_intervals.h"
#include "projections/timeline.h"
#include "projections/win_loss.h"

namespace daybook::projections {

const std::vector<Projection>& AllProjections() {
  static const auto* const all = new std::vector<Projection>{
      SalesBoard(),          //
      StageIntervals(),      //
      AccountAssignments(),  //
      AccountClasses(),      //
      ContactLinks(),        //
      LastContacts(),        //
      Timeline(),            //
      LeadBoard(),           //
      LeadStays(),           //
      PipelineMoves(),       //
      WinLoss(),             //
      SoldProducts(),        //
      LossReviews(),         //
      ProjectDeals(),
  };
  return *all;
}

}  // namespace daybook::projections
