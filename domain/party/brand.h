#pragma once

// A brand under which accounts are served. It has one manager at a time; which accounts belong to
// it is said by the accounts. Rules: the name is unique, blanks and letter case aside; a manager is
// active when assigned.

#include <vector>

#include "daybook/party/v1/brand_events.pb.h"
#include "daybook/party/v1/brand_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct Brand {
  static constexpr absl::string_view kName = "brand";
  using Record = party::v1::Brand;
  struct State {
    Record record;
  };
  using Event = party::v1::BrandEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "brand-name" and "brand-external-key".
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const party::v1::CreateBrandRequest&, const Context&);
  static Result Decide(const State&, const party::v1::UpdateBrandRequest&, const Context&);
  static Result Decide(const State&, const party::v1::AssignBrandManagerRequest&, const Context&);
};

}  // namespace daybook::domain
