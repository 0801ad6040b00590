#include "cli/process_file.h"

#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/import/plan_node.h"
#include "cli/import/shapes.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/registry.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::setup::v1;

constexpr int kShareDecimals = 9;

absl::Status ReadStage(const toml::node& node, const std::string& path, pb::Stage* stage) {
  if (!node.is_table()) return PlanError(path, node, "write [[stage]]");
  PlanTable table(*node.as_table(), path);
  std::string probability;
  std::vector<std::string> mandatory;
  DAYBOOK_RETURN_IF_ERROR(table.Text("id", stage->mutable_id()));
  DAYBOOK_RETURN_IF_ERROR(table.Text("label", stage->mutable_label()));
  DAYBOOK_RETURN_IF_ERROR(table.Text("probability", &probability));
  DAYBOOK_RETURN_IF_ERROR(table.Texts("mandatory", &mandatory));
  DAYBOOK_RETURN_IF_ERROR(table.Finish());
  absl::string_view number = probability;
  const bool percent = absl::ConsumeSuffix(&number, "%");
  const auto share = ParseScaled({}, number, percent ? kShareDecimals - 2 : kShareDecimals);
  if (!share.ok()) {
    return table.Error(absl::StrCat("probability must be a text like \"60%\" or \"0.6\", not \"",
                                    probability, "\""));
  }
  stage->set_probability(*share);
  for (std::string& field : mandatory) stage->add_mandatory_field(std::move(field));
  return absl::OkStatus();
}

absl::Status ReadMapping(const toml::node& node, const std::string& path,
                         pb::StageMapping* mapping) {
  if (!node.is_table()) return PlanError(path, node, "write [[mapping]]");
  PlanTable table(*node.as_table(), path);
  DAYBOOK_RETURN_IF_ERROR(table.Text("from", mapping->mutable_from()));
  DAYBOOK_RETURN_IF_ERROR(table.Text("to", mapping->mutable_to()));
  return table.Finish();
}

template <class Element>
absl::Status ReadEach(PlanTable& table, absl::string_view key,
                      absl::Status (*read)(const toml::node&, const std::string&, Element*),
                      google::protobuf::RepeatedPtrField<Element>* out) {
  const toml::node* node = table.Get(key);
  if (node == nullptr) return absl::OkStatus();
  if (!node->is_array()) return table.Error(absl::StrCat(key, " must be written as [[", key, "]]"));
  for (const toml::node& element : *node->as_array()) {
    DAYBOOK_RETURN_IF_ERROR(read(element, table.path(), out->Add()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<pb::ProcessVersion> ParseProcessFile(absl::string_view text,
                                                    const std::string& path) {
  const toml::parse_result parsed = toml::parse(ToStd(text), path);
  if (!parsed) {
    return absl::InvalidArgumentError(absl::StrCat(path, ", line ",
                                                   parsed.error().source().begin.line, ": ",
                                                   ToAbsl(parsed.error().description())));
  }
  pb::ProcessVersion version;
  PlanTable table(parsed.table(), path);
  DAYBOOK_RETURN_IF_ERROR(ReadEach(table, "stage", &ReadStage, version.mutable_stages()));
  DAYBOOK_RETURN_IF_ERROR(ReadEach(table, "mapping", &ReadMapping, version.mutable_mapping()));
  DAYBOOK_RETURN_IF_ERROR(table.Finish());
  return version;
}

std::string WriteProcessFile(const pb::ProcessVersion& version) {
  toml::array stages, mappings;
  for (const pb::Stage& stage : version.stages()) {
    toml::table table;
    table.insert("id", stage.id());
    table.insert("label", stage.label());
    table.insert("probability", PercentOf(stage.probability()));
    if (stage.mandatory_field_size() > 0) {
      toml::array mandatory;
      for (const std::string& field : stage.mandatory_field()) mandatory.push_back(field);
      table.insert("mandatory", std::move(mandatory));
    }
    stages.push_back(std::move(table));
  }
  for (const pb::StageMapping& mapping : version.mapping()) {
    toml::table table;
    table.insert("from", mapping.from());
    table.insert("to", mapping.to());
    mappings.push_back(std::move(table));
  }
  toml::table file;
  file.insert("stage", std::move(stages));
  if (!mappings.empty()) file.insert("mapping", std::move(mappings));
  std::ostringstream text;
  text << file << "\n";
  return text.str();
}

std::string PercentOf(int64_t probability) {
  // Below 10^9, so a hundredfold of it is no more than a number.
  return absl::StrCat(domain::FormatShare(probability * 100), "%");
}

}  // namespace daybook::cli
