// The result file: every row with what became of it.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/import/csv_text.h"
#include "cli/import/runner.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

std::string AssumptionsOf(const Plan& plan, const RowEntry& row) {
  std::string out;
  for (size_t i = 0; i < plan.assumptions.size(); ++i) {
    if ((row.assumptions >> i & 1) == 0) continue;
    absl::StrAppend(&out, out.empty() ? "" : "; ", plan.assumptions[i]);
  }
  return out;
}

std::string Line(Survey& survey, const RowEntry& row) {
  const Plan& plan = survey.plan();
  const RecordPlan& record = plan.records[row.record];
  std::string key;
  if (const auto fields = survey.ReadRow(row); fields.ok()) {
    key = survey.builder().Key(record, *fields).value_or("");
  }
  const bool has_id = row.verdict != Verdict::kSkipped && !row.id.is_nil();
  return absl::StrCat(
      CsvField(record.file.empty() ? plan.path : record.file), ",", row.number, ",",
      CsvField(record.name), ",", CsvField(key), ",", has_id ? row.id.ToString() : "", ",",
      VerdictName(row.verdict), ",", survey.messages().Text(row.reason), ",",
      CsvField(survey.messages().Text(row.message)), ",", CsvField(AssumptionsOf(plan, row)), "\n");
}

}  // namespace

absl::Status WriteResult(Survey& survey, const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                             std::fclose);
  const auto failed = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write the result file ", path, ": ", std::strerror(errno)));
  };
  if (file == nullptr) return failed();
  if (std::fputs("file,row,record,key,id,verdict,reason,message,assumptions\n", file.get()) < 0) {
    return failed();
  }
  for (const auto& row : survey.rows()) {
    const std::string line = Line(survey, row);
    if (std::fwrite(line.data(), 1, line.size(), file.get()) != line.size()) return failed();
  }
  return std::fflush(file.get()) == 0 ? absl::OkStatus() : failed();
}

}  // namespace daybook::cli
