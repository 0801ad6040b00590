#pragma once

// The list of figures that GetKpi knows: what each counts, when, and which amounts it sums.

#include "absl/types/span.h"
#include "daybook/sales/v1/kpi_service.pb.h"
#include "projections/projection.h"

namespace daybook::services {

// One figure. A figure about accounts that is told from deals has `deals` set: then condition and
// period are about the deals.
struct KpiDefinition {
  sales::v1::KpiMetric metric = sales::v1::KPI_METRIC_UNSPECIFIED;
  const char* formula;
  const char* text;
  const char* aggregate;  // of the records that are counted
  bool deals = false;
  const char* condition;
  const char* period_field;
  absl::Span<const char* const> amounts;  // fields; "weighted_value" is value x probability
};

// Null for a metric that is not in the list.
const KpiDefinition* FindKpi(sales::v1::KpiMetric metric);

// Adds what a record (of a figure told from deals: a deal) gives to the amounts.
void AddKpiAmounts(const KpiDefinition& kpi, const google::protobuf::Message& record,
                   projections::Measures* sums);
// The sums in every currency in which they are not zero, rounded once, half to even. OUT_OF_RANGE.
void FillKpiAmounts(const KpiDefinition& kpi, const projections::Measures& sums,
                            google::protobuf::RepeatedPtrField<sales::v1::KpiAmount>* amounts);

}  // namespace daybook::services
