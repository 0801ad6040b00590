#include "services/sales/kpi_metrics.h"

#include <cstring>

#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/sales_board.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr char kWeighted[] = "weighted_value";
constexpr char kWonDeals[] = "state = WON OR state = PARTIALLY_WON";

constexpr const char* kOrdered[] = {"actual_value"};
constexpr const char* kLostAmounts[] = {"lost_value"};
constexpr const char* kProjected[] = {"value"};
constexpr const char* kPipeline[] = {"value", kWeighted};

constexpr KpiDefinition kDefinitions[] = {
    {pb::KPI_METRIC_ACCOUNTS_CREATED,
     "accounts-created",
     "Accounts by the day of their record",
     "account",
     false,
     "",
     "meta.create_time",
     {}},
    {pb::KPI_METRIC_CUSTOMERS_WON, "customers-won",
     "Accounts with a deal won or partially won, and what these deals were worth", "account", true,
     kWonDeals, "close_date", kOrdered},
    {pb::KPI_METRIC_DEALS_CREATED, "deals-created", "Deals by the day they were opened",
     "opportunity", false, "", "open_time", kProjected},
    {pb::KPI_METRIC_DEALS_WON, "deals-won", "Deals won or partially won, by the day of the close",
     "opportunity", false, kWonDeals, "close_date", kOrdered},
    {pb::KPI_METRIC_DEALS_LOST, "deals-lost", "Deals lost, by the day of the close", "opportunity",
     false, "state = LOST", "close_date", kLostAmounts},
    {pb::KPI_METRIC_OPEN_PIPELINE, "open-pipeline",
     "Open deals by the day they are expected to close; weighted: value x probability, summed "
     "exactly and rounded once",
     "opportunity", false, "state = OPEN", "expected_close_date", kPipeline},
    {pb::KPI_METRIC_LEADS_CREATED,
     "leads-created",
     "Leads by the day of their capture",
     "lead",
     false,
     "",
     "captured_time",
     {}},
    {pb::KPI_METRIC_LEADS_CONVERTED,
     "leads-converted",
     "Leads by the day of their conversion",
     "lead",
     false,
     "state = CONVERTED",
     "state_time",
     {}},
    {pb::KPI_METRIC_CALLS_COMPLETED,
     "calls-completed",
     "Calls by the day they were done",
     "activity",
     false,
     "kind = CALL AND state = DONE",
     "done_time",
     {}},
    {pb::KPI_METRIC_MEETINGS_COMPLETED,
     "meetings-completed",
     "Meetings by the day they were done",
     "activity",
     false,
     "kind = MEETING AND state = DONE",
     "done_time",
     {}},
};

bool IsWeighted(const char* amount) { return std::strcmp(amount, kWeighted) == 0; }

const type::v1::Money& MoneyOf(const pb::Opportunity& deal, absl::string_view amount) {
  if (amount == "actual_value") return deal.actual_value();
  return amount == "lost_value" ? deal.lost_value() : deal.value();
}

}  // namespace

const KpiDefinition* FindKpi(pb::KpiMetric metric) {
  for (const KpiDefinition& kpi : kDefinitions) {
    if (kpi.metric == metric) return &kpi;
  }
  return nullptr;
}

void AddKpiAmounts(const KpiDefinition& kpi, const google::protobuf::Message& record,
                   projections::Measures* sums) {
  for (size_t i = 0; i < kpi.amounts.size(); ++i) {
    const auto& deal = static_cast<const pb::Opportunity&>(record);
    const type::v1::Money& money = MoneyOf(deal, kpi.amounts[i]);
    if (money.currency().empty()) continue;
    const absl::int128 amount =
        IsWeighted(kpi.amounts[i]) ? projections::WeightedNano(deal) : absl::int128(money.minor());
    sums->Add(static_cast<uint8_t>(i + 1), ToAbsl(money.currency()), amount);
  }
}

void FillKpiAmounts(const KpiDefinition& kpi, const projections::Measures& sums,
                    google::protobuf::RepeatedPtrField<pb::KpiAmount>* amounts) {
  for (size_t i = 0; i < kpi.amounts.size(); ++i) {
    for (const std::string& currency : sums.Currencies()) {
      absl::int128 sum = sums.Get(static_cast<uint8_t>(i + 1), currency);
      if (sum == 0) continue;
      if (IsWeighted(kpi.amounts[i])) sum = DivideHalfEven(sum, kNano);
      pb::KpiAmount* amount = amounts->Add();
      amount->set_name(kpi.amounts[i]);
      SetSum(sum, currency, amount->mutable_sum());
    }
  }
}

}  // namespace daybook::services
