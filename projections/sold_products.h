#pragma once

// Answers: which products were sold in a period of close dates, how many and for how much (F-012).
//
// A won deal counts with its lines. Without lines, or won in part, it counts with its accepted job
// requests that name a product; without such, with its main product and the value as ordered.
// Archived deals do not count.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "projections/projection.h"
#include "projections/sales_board.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kSoldProductsView[] = "sold_products";

// DO NOT CHANGE numbers: on disk.
enum SoldMeasure : uint8_t {
  kSoldDeals = 1,
  kSoldQuantity = 2,  // scaled by 10^6
  kSoldValue = 3,     // per currency
};

struct SoldProduct {
  std::string product_id;
  Measures sums;
};

// By product. No period: all time. Errors: VIEW_UNAVAILABLE.
absl::StatusOr<std::vector<SoldProduct>> ReadSoldProducts(const Snapshot& snapshot,
                                                          const std::optional<BoardPeriod>& period);

// The view.
Projection SoldProducts();

}  // namespace daybook::projections
