#pragma once

// A node of the tree of categories. Categories are created, renamed and moved, never closed.
// Rules: no cycle at any depth, depth at most kTreeDepthMax.

#include <vector>

#include "daybook/catalog/v1/product_category_events.pb.h"
#include "daybook/catalog/v1/product_category_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct ProductCategory {
  static constexpr absl::string_view kName = "product_category";
  using Record = catalog::v1::ProductCategory;
  struct State {
    Record record;
  };
  using Event = catalog::v1::ProductCategoryEvent;
  using Result = absl::StatusOr<Decision<Event>>;
  using CreateRequest = catalog::v1::CreateProductCategoryRequest;
  using UpdateRequest = catalog::v1::UpdateProductCategoryRequest;
  using MoveRequest = catalog::v1::MoveProductCategoryRequest;

  static void Evolve(State& state, const Event& event);
  // "product_category-external-key".
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const CreateRequest&, FactLoader&);
  static absl::Status Gather(const State&, const MoveRequest&, FactLoader&);

  static Result Decide(const State&, const CreateRequest&, const Context&);
  static Result Decide(const State&, const UpdateRequest&, const Context&);
  static Result Decide(const State&, const MoveRequest&, const Context&);
};

}  // namespace daybook::domain
