#pragma once

// Rows of an index that a list walks over at once, in the order of the list.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace daybook::projections {

// Used by one thread. What it shows is valid until the next change.
class WalkedBlock {
 public:
  void Clear() {
    keys_.Clear();
    records_.Clear();
  }
  // `key`: after the prefix of the walk, the id last. `record`: the row of the record, as a
  // covering index holds it; empty from others.
  void Add(absl::string_view key, absl::string_view record) {
    keys_.Add(key);
    records_.Add(record);
  }
  size_t size() const { return keys_.ends.size(); }
  absl::string_view key(size_t i) const { return keys_.At(i); }
  absl::string_view record(size_t i) const { return records_.At(i); }

 private:
  // Texts end to end: they are kept for the memory they hold.
  struct Texts {
    std::string bytes;
    std::vector<size_t> ends;

    void Clear() {
      bytes.clear();
      ends.clear();
    }
    void Add(absl::string_view text) {
      bytes.append(text.data(), text.size());
      ends.push_back(bytes.size());
    }
    absl::string_view At(size_t i) const {
      const size_t from = i == 0 ? 0 : ends[i - 1];
      return absl::string_view(bytes).substr(from, ends[i] - from);
    }
  };
  Texts keys_, records_;
};

}  // namespace daybook::projections
