#pragma once

// Something that is sold. DRAFT -> ACTIVE -> DISCONTINUED, never deleted: what refers to it keeps
// it. A discontinued product takes no changes. Rules: the SKU is unique among all products,
// discontinued ones too, without regard to the case of ASCII letters; the unit of measure is fixed
// with its decimals (another unit is another product); active_from lies before active_until.

#include <vector>

#include "daybook/catalog/v1/product_events.pb.h"
#include "daybook/catalog/v1/product_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

// Of quantities, which are scaled by 10^6.
inline constexpr uint32_t kQuantityDecimalsMax = 6;

struct Product {
  static constexpr absl::string_view kName = "product";
  using Record = catalog::v1::Product;
  struct State {
    Record record;
  };
  using Event = catalog::v1::ProductEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "product-sku" and "product-external-key".
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const catalog::v1::UpdateProductRequest&, FactLoader&);

  static Result Decide(const State&, const catalog::v1::CreateProductRequest&, const Context&);
  static Result Decide(const State&, const catalog::v1::UpdateProductRequest&, const Context&);
  static Result Decide(const State&, const catalog::v1::ActivateProductRequest&, const Context&);
  static Result Decide(const State&, const catalog::v1::DiscontinueProductRequest&, const Context&);
};

}  // namespace daybook::domain
