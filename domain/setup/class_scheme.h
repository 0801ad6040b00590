#pragma once

// Schemes by which accounts are classified. A revision is a new version, in force at once; versions
// never change, and accounts keep the class and the version they were given. Rules: 1 to
// kAccountClassesMax classes, best first; ids are stable names, unique in the version; the name of
// the scheme is unique.

#include <string>
#include <vector>

#include "daybook/setup/v1/class_scheme_events.pb.h"
#include "daybook/setup/v1/class_scheme_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kAccountClassesMax = 50;
inline constexpr int kClassSchemeVersionsMax = 200;

struct ClassScheme {
  static constexpr absl::string_view kName = "class_scheme";
  using Record = setup::v1::ClassScheme;
  struct State {
    Record record;
  };
  using Event = setup::v1::ClassSchemeEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "class_scheme-name".
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const setup::v1::DefineClassSchemeRequest&, const Context&);
  static Result Decide(const State&, const setup::v1::ReviseClassSchemeRequest&, const Context&);
};

// Null when the version has no such class.
const setup::v1::AccountClass* FindClass(const setup::v1::ClassSchemeVersion& version,
                                         absl::string_view id);
// "a, b, c": what a refusal lists.
std::string ClassIds(const setup::v1::ClassSchemeVersion& version);
// The first class whose least revenue, in the same currency, is not above `revenue`; null: none.
const setup::v1::AccountClass* ClassForRevenue(const setup::v1::ClassSchemeVersion& version,
                                               const type::v1::Money& revenue);

}  // namespace daybook::domain
