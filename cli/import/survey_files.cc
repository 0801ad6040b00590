// Opening the files of a plan.

#include <openssl/evp.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/import/survey.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

constexpr size_t kHashBytes = 32;

}  // namespace

absl::StatusOr<std::unique_ptr<Survey>> Survey::Open(Plan plan, const std::string& folder) {
  std::unique_ptr<Survey> survey(new Survey(std::move(plan)));
  DAYBOOK_RETURN_IF_ERROR(survey->OpenFiles(folder));
  DAYBOOK_RETURN_IF_ERROR(BindColumns(&survey->plan_));
  return survey;
}

absl::Status Survey::OpenFiles(const std::string& folder) {
  for (size_t i = 0; i < plan_.files.size(); ++i) {
    const FilePlan& file = plan_.files[i];
    const std::string path = absl::StrCat(folder, "/", file.name);
    auto reader = CsvReader::Open(path, file.format);
    if (!reader.ok()) return absl::InvalidArgumentError(reader.status().message());
    DAYBOOK_ASSIGN_OR_RETURN(Decoder decoder, Decoder::Create(file.encoding));
    files_.push_back(
        std::make_unique<OpenFile>(OpenFile{path, *std::move(reader), std::move(decoder)}));
    if (file.header) DAYBOOK_RETURN_IF_ERROR(ReadHeader(i));
  }
  return absl::OkStatus();
}

absl::Status Survey::ReadHeader(size_t file) {
  CsvRow row;
  std::string error;
  OpenFile& open = *files_[file];
  DAYBOOK_ASSIGN_OR_RETURN(const auto outcome, open.reader.Next(&row, &error));
  if (outcome == CsvReader::Outcome::kEnd) error = "the file is empty";
  if (outcome != CsvReader::Outcome::kRow) {
    return absl::InvalidArgumentError(absl::StrCat(open.path, ", header: ", error));
  }
  auto& columns = plan_.files[file].columns;
  columns.clear();
  for (const absl::string_view field : row.fields) {
    const auto name = open.decoder.Decode(field);
    if (!name.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(open.path, ", header: ", name.status().message()));
    }
    columns.emplace_back(absl::StripAsciiWhitespace(*name));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Survey::Hash(absl::string_view plan_text) const {
  std::vector<const OpenFile*> files;
  for (const auto& file : files_) files.push_back(file.get());
  std::sort(files.begin(), files.end(),
            [](const OpenFile* a, const OpenFile* b) { return a->path < b->path; });
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  EVP_DigestUpdate(context.get(), plan_text.data(), plan_text.size());
  std::string piece;
  for (const auto* file : files) {
    for (uint64_t offset = 0; offset < file->reader.size(); offset += kCsvRowBytesMax) {
      const auto length =
          static_cast<uint32_t>(std::min<uint64_t>(kCsvRowBytesMax, file->reader.size() - offset));
      DAYBOOK_RETURN_IF_ERROR(file->reader.ReadBytes(offset, length, &piece));
      EVP_DigestUpdate(context.get(), piece.data(), piece.size());
    }
  }
  std::string hash(kHashBytes, '\0');
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(hash.data()), nullptr);
  return hash;
}

absl::Status Survey::CheckUnchanged() const {
  for (const auto& file : files_) {
    if (file->reader.Changed()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file->path, " was written to while it was being imported"));
    }
  }
  return absl::OkStatus();
}

}  // namespace daybook::cli
