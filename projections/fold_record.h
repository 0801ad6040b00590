#pragma once

// What a fold holds between events. Private to fold*.cc.

#include <memory>
#include <string>
#include <vector>

#include "projections/fold.h"

namespace daybook::projections {

struct Fold::Record {
  const RecordType* type = nullptr;
  Uuid id;
  std::unique_ptr<google::protobuf::Message> message;
  bool exists = false;
  std::vector<StoredPart> parts;
  bool touched = false;
  bool unsaved = false;  // folded, but not emitted yet

  // As of the last commit; what changes is told by comparing.
  std::string row;  // empty: there is none
  eventstore::LogPosition since = 0;
  IndexPositions positions;
  std::string values;
  std::vector<size_t> ends;         // of each index's piece of `values`; personal ones last
  std::vector<std::string> custom;  // index rows of custom values, without the id

  static absl::string_view Piece(const std::string& values, const std::vector<size_t>& ends,
                                 size_t i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    return absl::string_view(values).substr(begin, ends[i] - begin);
  }
};

// A record as it will be stored with a commit.
struct Fold::Next {
  std::string row;
  IndexPositions positions;
  std::string values;
  std::vector<size_t> ends;
  std::vector<std::string> custom;
  std::vector<std::string> covering;  // what rows of `custom` begin with that hold the record

  bool IndexChanged(const Record& record, size_t i) const {
    return Record::Piece(values, ends, i) != Record::Piece(record.values, record.ends, i);
  }
};

struct Fold::View {
  const Projection* projection = nullptr;  // null: records
  std::unique_ptr<ViewRows> rows;
  std::vector<bool> wants;  // by type id - 1
  bool attached = true;
  absl::Status error;
  eventstore::LogPosition stopped_at = 0;
};

// Messages that are filled again for every event of a type.
struct Fold::Scratch {
  std::unique_ptr<google::protobuf::Message> event;
  std::unique_ptr<google::protobuf::Message> before;
};

// The encoded values of all indexes of a record, and where each ends; personal ones last.
void IndexValues(const RecordType& type, const google::protobuf::Message& record,
                 std::string* values, std::vector<size_t>* ends);

}  // namespace daybook::projections
