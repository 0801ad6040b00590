#pragma once

// Reads delimited text row by row and knows at which byte each row begins, so that an import can
// come back to a row later without keeping it. Quoting as in RFC 4180: a quote opens only at the
// start of a field, "" stands for one. Lines may end with LF, CR LF or a bare CR; quoted fields may
// hold line ends.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::cli {

struct CsvFormat {
  char delimiter = ',';
  char quote = '"';  // '\0': quotes are ordinary characters
};

inline constexpr size_t kCsvRowBytesMax = 1 << 20;
inline constexpr size_t kCsvFieldsMax = 2000;

// One row. Fields point into `text`; quoted fields are unescaped in place.
struct CsvRow {
  uint64_t offset = 0;  // of its first byte in the file
  uint32_t length = 0;  // bytes without the line end
  uint64_t number = 0;  // counted from 1, the header included, blank lines left out
  std::string text;
  std::vector<absl::string_view> fields;
};

// Splits the bytes of one row. INVALID_ARGUMENT for text after a closing quote, a quote that is
// never closed, too many fields. REQUIRES: `row->text` holds the bytes.
absl::Status SplitRow(const CsvFormat& format, CsvRow* row);

// Bounded memory: one buffer and one row. Not thread-safe.
class CsvReader {
 public:
  // NOT_FOUND when the file cannot be opened.
  static absl::StatusOr<CsvReader> Open(const std::string& path, const CsvFormat& format);
  CsvReader(CsvReader&& other) noexcept;
  CsvReader& operator=(CsvReader&&) = delete;
  ~CsvReader();

  enum class Outcome { kRow, kBadRow, kEnd };
  // The next row that is not blank. kBadRow: the row cannot be split, `error` says why, and reading
  // may go on behind it. Other errors (the disk, a row beyond the limit) end the file and are
  // returned.
  absl::StatusOr<Outcome> Next(CsvRow* row, std::string* error);

  // Reads bytes as they are.
  absl::Status ReadBytes(uint64_t offset, uint32_t length, std::string* bytes) const;
  // Reads a row again. REQUIRES: offset and length as Next gave them.
  absl::Status ReadAt(uint64_t offset, uint32_t length, CsvRow* row) const;

  uint64_t size() const { return size_; }
  uint64_t offset() const { return offset_ + begin_; }
  // Whether the file changed since it was opened.
  bool Changed() const;

 private:
  CsvReader(int fd, std::string path, const CsvFormat& format);
  absl::StatusOr<bool> Fill();
  // Bytes of the next row from begin_, up to its line end; npos when the buffer does not hold its
  // end.
  size_t FindRowEnd(bool at_end);

  int fd_;
  std::string path_;
  CsvFormat format_;
  uint64_t size_ = 0;
  int64_t modified_ns_ = 0;
  std::string buffer_;
  uint64_t offset_ = 0;  // of buffer_[0] in the file
  size_t begin_ = 0;
  bool at_end_ = false;
  uint64_t number_ = 0;
};

}  // namespace daybook::cli
