#include "services/sales/sold_products.h"

#include "daybook/catalog/v1/product.pb.h"
#include "domain/base/status_macros.h"
#include "projections/sold_products.h"
#include "services/answer_page.h"
#include "services/sales/pipeline_analysis.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

}  // namespace

absl::Status ReadSoldProducts(const Query& query, const pb::ListSoldProductsRequest& request,
                              pb::ListSoldProductsResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "opportunity"));
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "product"));
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page,
                           AnswerPage::Open(query, "sold-products", request));
  const projections::Snapshot& snapshot = page.at().snapshot;
  std::optional<projections::BoardPeriod> period;
  if (request.has_period_from() || request.has_period_until()) {
    DAYBOOK_ASSIGN_OR_RETURN(period, PeriodOf(request.period_from(), request.period_until()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(auto sold, projections::ReadSoldProducts(snapshot, period));
  const auto [first, end] = page.Part(sold.size());
  page.Finish(sold.size(), response);
  sold.erase(sold.begin() + static_cast<std::ptrdiff_t>(end), sold.end());
  sold.erase(sold.begin(), sold.begin() + static_cast<std::ptrdiff_t>(first));
  std::vector<std::string> ids;
  for (const projections::SoldProduct& found : sold) ids.push_back(found.product_id);
  const auto& type = *domain::Registry::Get().Find("product");
  DAYBOOK_ASSIGN_OR_RETURN(const auto products, snapshot.GetRecords(type, ids));
  for (size_t i = 0; i < sold.size(); ++i) {
    pb::SoldProduct* product = response->add_products();
    product->set_product_id(sold[i].product_id);
    if (products[i] != nullptr) {
      product->set_name(static_cast<const catalog::v1::Product&>(*products[i]).name());
    }
    product->set_deals(Saturated(sold[i].sums.Get(projections::kSoldDeals)));
    const absl::int128 quantity = sold[i].sums.Get(projections::kSoldQuantity);
    if (quantity != 0) product->set_quantity(Saturated(quantity));
    if (!FitsInt64(quantity)) product->set_quantity_overflow(true);
    AddAmounts(sold[i].sums, projections::kSoldValue, product->mutable_value());
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
