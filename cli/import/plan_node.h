#pragma once

// Reading TOML tables with errors that name file and line, and that notice words nobody asked for.

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace daybook::cli {

// "plan.toml, line 12: ...".
absl::Status PlanError(const std::string& path, const toml::node& node, absl::string_view message);

// One table. Every getter marks the word as known; Finish refuses those that were not asked for.
class PlanTable {
 public:
  PlanTable(const toml::table& table, const std::string& path) : table_(table), path_(path) {}

  bool Has(absl::string_view key) const;
  // Null when absent.
  const toml::node* Get(absl::string_view key);
  // Leaves `value` alone when the word is absent.
  absl::Status Text(absl::string_view key, std::string* value);
  absl::Status Flag(absl::string_view key, bool* value);
  absl::Status Number(absl::string_view key, int64_t* value);
  // One ASCII character, or none.
  absl::Status Character(absl::string_view key, char* value);
  // A text or a list of texts.
  absl::Status Texts(absl::string_view key, std::vector<std::string>* values);
  absl::Status Finish() const;

  absl::Status Error(absl::string_view message) const { return PlanError(path_, table_, message); }
  const toml::table& table() const { return table_; }
  const std::string& path() const { return path_; }

 private:
  const toml::table& table_;
  const std::string& path_;
  std::set<std::string> known_;
};

// A scalar as text: strings, numbers, true and false, dates.
absl::StatusOr<std::string> ScalarText(const toml::node& node, const std::string& path);

}  // namespace daybook::cli
