#pragma once

// Answers: how long leads stay leads, how long qualification takes, and how many become customers,
// by the rep whose they were (F-052).
//
// A stay is the time that a lead was in one state with one owner, by business time. Leads end in
// CONVERTED and DO_NOT_CONTACT: no stay begins there, nor while a lead is archived. Of a lead that
// changed hands each owner has the stays that were his.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/sales/v1/lead.pb.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kLeadStaysView[] = "lead_stays";

struct LeadStay {
  sales::v1::LeadState state = sales::v1::LEAD_STATE_NEW;
  std::string owner_id;  // empty: nobody's
  absl::Time entered_at;
  std::optional<absl::Time> left_at;  // nullopt: it lasts
  uint64_t position = 0;              // of the event that began it
};

// In order of time; empty when there is no such lead. Errors: VIEW_UNAVAILABLE, DATA_LOSS.
absl::StatusOr<std::vector<LeadStay>> ReadLeadStays(const Snapshot& snapshot,
                                                    absl::string_view lead_id);

// What is summed for every rep, and for all leads. DO NOT CHANGE numbers: on disk (a change needs a
// new version of the view).
enum LeadFigure : uint8_t {
  kLeadsHad = 1,             // leads that were ever the rep's; of all: captured
  kLeadsQualified = 2,       // times that a lead became GOOD on which the rep had worked
  kQualificationMicros = 3,  // in NEW, ASSIGNED, WORKING until then, while the rep's
  kLeadsConverted = 4,       // while the rep's
  kConvertedHad = 5,         // converted at last, and ever the rep's
  kLeadMicros = 6,           // of these, from capture to conversion, while the rep's
  kLeadsBad = 7,             // turned down while the rep's
};

// What is summed for every rep and state, and for all leads and every state.
enum LeadStayMeasure : uint8_t {
  kLeadStaysEnded = 1,
  kLeadStayMicros = 2,
  kLeadStaysOpen = 3,
};

struct LeadStateSums {
  sales::v1::LeadState state = sales::v1::LEAD_STATE_NEW;
  Measures sums;  // LeadStayMeasure
};

struct LeadFigureSums {
  std::string owner_id;  // empty: nobody's
  Measures sums;         // LeadFigure
  std::vector<LeadStateSums> states;
};

// Of one rep, by rep, of all leads together. Errors as above.
absl::StatusOr<LeadFigureSums> ReadLeadFiguresOf(const Snapshot& snapshot,
                                                 absl::string_view owner_id);
absl::StatusOr<std::vector<LeadFigureSums>> ReadLeadFiguresByOwner(const Snapshot& snapshot);
absl::StatusOr<LeadFigureSums> ReadLeadFigures(const Snapshot& snapshot);

// The view.
Projection LeadStays();

}  // namespace daybook::projections
