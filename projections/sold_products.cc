#include "projections/sold_products.h"

#include <map>

#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

namespace pb = sales::v1;

using Sold = std::map<std::string, Measures>;

void AddPart(const std::string& product_id, int64_t quantity, const type::v1::Money& value,
             Sold* sold) {
  Measures& sums = (*sold)[product_id];
  sums.Add(kSoldQuantity, "", quantity);
  if (!value.currency().empty()) sums.Add(kSoldValue, ToAbsl(value.currency()), value.minor());
}

Sold PartsOf(const pb::Opportunity& deal) {
  Sold sold;
  if (deal.state() == pb::OPPORTUNITY_STATE_WON) {
    for (const auto& line : deal.lines()) {
      AddPart(line.product_id(), line.quantity(), line.total(), &sold);
    }
  }
  if (!sold.empty()) return sold;
  for (const auto& request : deal.job_requests()) {
    if (request.state() != pb::JOB_REQUEST_STATE_ACCEPTED || request.product_id().empty()) continue;
    AddPart(request.product_id(), request.volume(), request.value(), &sold);
  }
  if (!sold.empty()) return sold;
  if (!deal.product_id().empty()) AddPart(deal.product_id(), 0, deal.actual_value(), &sold);
  return sold;
}

// Key: close date ‖ product. DO NOT CHANGE: on disk.
void ContributeDeal(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& deal = static_cast<const pb::Opportunity&>(record);
  if (deal.archived() || (deal.state() != pb::OPPORTUNITY_STATE_WON &&
                          deal.state() != pb::OPPORTUNITY_STATE_PARTIALLY_WON)) {
    return;
  }
  std::optional<absl::CivilDay> day;
  if (deal.has_close_date()) {
    const type::v1::Date& date = deal.close_date();
    day = absl::CivilDay(date.year(), date.month(), date.day());
  }
  for (auto& [product_id, sums] : PartsOf(deal)) {
    sums.Add(kSoldDeals, "", 1);
    out->push_back({Key().Day(day).Id(ToAbsl(product_id)).Take(), std::move(sums)});
  }
}

}  // namespace

absl::StatusOr<std::vector<SoldProduct>> ReadSoldProducts(
    const Snapshot& snapshot, const std::optional<BoardPeriod>& period) {
  std::string first, last;
  if (period.has_value()) {
    first = Key().Day(period->from).Take();
    last = Key().Day(period->until).Take();
  }
  Sold sold;
  absl::Status status;
  const auto add = [&](absl::string_view key, absl::string_view value) -> absl::Status {
    std::optional<absl::CivilDay> day;
    std::string product_id;
    KeyReader reader(key);
    if (!reader.Day(&day) || !reader.Id(&product_id) || !reader.done()) {
      return Reject(Reason::REASON_DATA_LOSS, "a row of the sold products cannot be read");
    }
    DAYBOOK_ASSIGN_OR_RETURN(const Measures sums, Measures::Decode(value));
    sold[product_id].Add(sums, 1);
    return absl::OkStatus();
  };
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kSoldProductsView, first, last,
                                            [&](absl::string_view key, absl::string_view value) {
                                              status = add(key, value);
                                              return status.ok();
                                            }));
  DAYBOOK_RETURN_IF_ERROR(status);
  std::vector<SoldProduct> products;
  for (auto& [product_id, sums] : sold) products.push_back({product_id, std::move(sums)});
  return products;
}

Projection SoldProducts() {
  return Contributions(kSoldProductsView, 1, "opportunity", &ContributeDeal);
}

}  // namespace daybook::projections
