#include "projections/lead_board.h"

#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

using sales::v1::Lead;

// First component of every key. DO NOT CHANGE: on disk.
enum Level : uint8_t {
  kAll = 1,    // state ‖ source
  kOwner = 2,  // owner ‖ state ‖ source
};

void ContributeLead(const google::protobuf::Message& record, std::vector<Contribution>* out) {
  const auto& lead = static_cast<const Lead&>(record);
  if (lead.archived()) return;
  Measures sums;
  sums.Add(kLeadCount, "", 1);
  if (lead.has_score()) {
    sums.Add(kLeadScored, "", 1);
    sums.Add(kLeadScoreSum, "", lead.score());
  }
  const std::string column =
      Key().U8(static_cast<uint8_t>(lead.state())).Text(ToAbsl(lead.source())).Take();
  out->push_back({Key().U8(kAll).Take() + column, sums});
  out->push_back({Key().U8(kOwner).Id(ToAbsl(lead.owner_id())).Take() + column, sums});
}

absl::StatusOr<LeadBoardRow> Decode(absl::string_view key, absl::string_view value) {
  LeadBoardRow row;
  uint8_t level = 0;
  uint8_t state = 0;
  KeyReader reader(key);
  const bool head = reader.U8(&level) && (level == kAll || reader.Id(&row.owner_id));
  if (!head || !reader.U8(&state) || !reader.Text(&row.source) || !reader.done()) {
    return Reject(Reason::REASON_DATA_LOSS, "a row of the lead board cannot be read");
  }
  row.state = static_cast<sales::v1::LeadState>(state);
  DAYBOOK_ASSIGN_OR_RETURN(row.sums, Measures::Decode(value));
  return row;
}

absl::StatusOr<std::vector<LeadBoardRow>> ReadRange(const Snapshot& snapshot,
                                                    const std::string& head) {
  std::vector<LeadBoardRow> rows;
  absl::Status status;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(kLeadBoardView, head, PrefixEnd(head),
                                            [&](absl::string_view key, absl::string_view value) {
                                              auto row = Decode(key, value);
                                              status = row.status();
                                              if (status.ok()) rows.push_back(*std::move(row));
                                              return status.ok();
                                            }));
  if (!status.ok()) return status;
  return rows;
}

}  // namespace

absl::StatusOr<std::vector<LeadBoardRow>> ReadLeadBoardOf(const Snapshot& snapshot,
                                                          absl::string_view owner_id) {
  return ReadRange(snapshot, Key().U8(kOwner).Id(owner_id).Take());
}

absl::StatusOr<std::vector<LeadBoardRow>> ReadLeadBoard(const Snapshot& snapshot) {
  return ReadRange(snapshot, Key().U8(kAll).Take());
}

absl::StatusOr<std::vector<LeadBoardRow>> ReadLeadBoardByOwner(const Snapshot& snapshot) {
  return ReadRange(snapshot, Key().U8(kOwner).Take());
}

Projection LeadBoard() { return Contributions(kLeadBoardView, 1, "lead", &ContributeLead); }

}  // namespace daybook::projections
