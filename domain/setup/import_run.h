#pragma once

// One import from start to end: RUNNING -> FINISHED. A run that broke off stays RUNNING; the next
// attempt with the same id goes on with it.

#include <vector>

#include "daybook/setup/v1/import_run_events.pb.h"
#include "daybook/setup/v1/import_run_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr size_t kSha256Bytes = 32;

struct ImportRun {
  static constexpr absl::string_view kName = "import_run";
  using Record = setup::v1::ImportRun;
  struct State {
    Record record;
  };
  using Event = setup::v1::ImportRunEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // None.
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const setup::v1::StartImportRunRequest&, const Context&);
  static Result Decide(const State&, const setup::v1::FinishImportRunRequest&, const Context&);
};

}  // namespace daybook::domain
