#include "cli/import/plan_node.h"

#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"

namespace daybook::cli {

absl::Status PlanError(const std::string& path, const toml::node& node, absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ", line ", node.source().begin.line, ": ", message));
}

bool PlanTable::Has(absl::string_view key) const { return table_.contains(ToStd(key)); }

const toml::node* PlanTable::Get(absl::string_view key) {
  known_.insert(std::string(key));
  return table_.get(ToStd(key));
}

absl::Status PlanTable::Text(absl::string_view key, std::string* value) {
  const toml::node* node = Get(key);
  if (node == nullptr) return absl::OkStatus();
  if (!node->is_string()) return PlanError(path_, *node, absl::StrCat(key, " must be a text"));
  *value = node->as_string()->get();
  return absl::OkStatus();
}

absl::Status PlanTable::Flag(absl::string_view key, bool* value) {
  const toml::node* node = Get(key);
  if (node == nullptr) return absl::OkStatus();
  if (!node->is_boolean())
    return PlanError(path_, *node, absl::StrCat(key, " must be true or false"));
  *value = node->as_boolean()->get();
  return absl::OkStatus();
}

absl::Status PlanTable::Number(absl::string_view key, int64_t* value) {
  const toml::node* node = Get(key);
  if (node == nullptr) return absl::OkStatus();
  if (!node->is_integer())
    return PlanError(path_, *node, absl::StrCat(key, " must be a whole number"));
  *value = node->as_integer()->get();
  return absl::OkStatus();
}

absl::Status PlanTable::Character(absl::string_view key, char* value) {
  std::string text(*value == '\0' ? 0 : 1, *value);
  DAYBOOK_RETURN_IF_ERROR(Text(key, &text));
  if (text.size() > 1) return Error(absl::StrCat(key, " must be one character or none"));
  *value = text.empty() ? '\0' : text[0];
  return absl::OkStatus();
}

absl::Status PlanTable::Texts(absl::string_view key, std::vector<std::string>* values) {
  const toml::node* node = Get(key);
  if (node == nullptr) return absl::OkStatus();
  values->clear();
  if (node->is_string()) {
    values->push_back(node->as_string()->get());
    return absl::OkStatus();
  }
  if (!node->is_array()) {
    return PlanError(path_, *node, absl::StrCat(key, " must be a text or a list of texts"));
  }
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_string()) {
      return PlanError(path_, element, absl::StrCat(key, " must be a list of texts"));
    }
    values->push_back(element.as_string()->get());
  }
  return absl::OkStatus();
}

absl::Status PlanTable::Finish() const {
  for (const auto& [key, node] : table_) {
    const std::string word(key.str());
    if (known_.contains(word)) continue;
    return PlanError(
        path_, node,
        absl::StrCat("\"", word, "\" means nothing here; known are ", absl::StrJoin(known_, ", ")));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ScalarText(const toml::node& node, const std::string& path) {
  if (node.is_string()) return node.as_string()->get();
  if (node.is_integer()) return absl::StrCat(node.as_integer()->get());
  if (node.is_boolean()) return std::string(node.as_boolean()->get() ? "true" : "false");
  if (node.is_date() || node.is_date_time() || node.is_time()) {
    std::ostringstream text;
    node.visit([&](const auto& value) {
      if constexpr (toml::is_chronological<decltype(value)>) text << value.get();
    });
    return text.str();
  }
  if (node.is_floating_point()) {
    return PlanError(path, node, "write the number as a text, so that no digit is lost: \"0.5\"");
  }
  return PlanError(path, node, "a single value is expected here");
}

}  // namespace daybook::cli
