#include "cli/import/csv_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

int64_t ModifiedNs(const struct stat& info) {
  return int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace

absl::Status SplitRow(const CsvFormat& format, CsvRow* row) {
  row->fields.clear();
  std::string& text = row->text;
  size_t in = 0;
  while (true) {
    if (row->fields.size() == kCsvFieldsMax) {
      return absl::InvalidArgumentError(absl::StrCat("more than ", kCsvFieldsMax, " fields"));
    }
    const size_t begin = in;
    if (format.quote == '\0' || in >= text.size() || text[in] != format.quote) {
      in = text.find(format.delimiter, in);
      if (in == std::string::npos) in = text.size();
      row->fields.emplace_back(text.data() + begin, in - begin);
    } else {
      size_t out = begin;
      bool closed = false;
      for (++in; in < text.size() && !closed; ++in) {
        if (text[in] != format.quote) {
          text[out++] = text[in];
        } else if (in + 1 < text.size() && text[in + 1] == format.quote) {
          text[out++] = text[in++];
        } else {
          closed = true;
        }
      }
      if (!closed) return absl::InvalidArgumentError("a quote is opened and never closed");
      if (in < text.size() && text[in] != format.delimiter) {
        return absl::InvalidArgumentError(
            absl::StrCat("field ", row->fields.size() + 1, " goes on after its closing quote"));
      }
      row->fields.emplace_back(text.data() + begin, out - begin);
    }
    if (in >= text.size()) return absl::OkStatus();
    ++in;  // the delimiter; a row that ends with one has an empty last field
  }
}

absl::StatusOr<CsvReader> CsvReader::Open(const std::string& path, const CsvFormat& format) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return absl::NotFoundError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  }
  CsvReader reader(fd, path, format);
  struct stat info {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::NotFoundError(absl::StrCat(path, " is not a file"));
  }
  reader.size_ = static_cast<uint64_t>(info.st_size);
  reader.modified_ns_ = ModifiedNs(info);
  DAYBOOK_RETURN_IF_ERROR(reader.Fill().status());
  if (absl::string_view(reader.buffer_).substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    reader.begin_ = kByteOrderMark.size();
  }
  return reader;
}

CsvReader::CsvReader(int fd, std::string path, const CsvFormat& format)
    : fd_(fd), path_(std::move(path)), format_(format) {}

CsvReader::CsvReader(CsvReader&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      format_(other.format_),
      size_(other.size_),
      modified_ns_(other.modified_ns_),
      buffer_(std::move(other.buffer_)),
      offset_(other.offset_),
      begin_(other.begin_),
      at_end_(other.at_end_),
      number_(other.number_) {}

CsvReader::~CsvReader() {
  if (fd_ >= 0) close(fd_);
}

bool CsvReader::Changed() const {
  struct stat info {};
  return fstat(fd_, &info) != 0 || static_cast<uint64_t>(info.st_size) != size_ ||
         ModifiedNs(info) != modified_ns_;
}

absl::StatusOr<bool> CsvReader::Fill() {
  if (at_end_) return false;
  buffer_.erase(0, begin_);
  offset_ += begin_;
  begin_ = 0;
  const size_t old = buffer_.size();
  buffer_.resize(old + kReadBytes);
  const ssize_t got = read(fd_, buffer_.data() + old, kReadBytes);
  buffer_.resize(old + static_cast<size_t>(got > 0 ? got : 0));
  if (got < 0) {
    return absl::UnavailableError(absl::StrCat("cannot read ", path_, ": ", std::strerror(errno)));
  }
  at_end_ = got == 0;
  return got > 0;
}

size_t CsvReader::FindRowEnd(bool at_end) {
  bool field_start = true;
  bool quoted = false;
  for (size_t i = begin_; i < buffer_.size(); ++i) {
    const char c = buffer_[i];
    if (quoted) {
      if (c != format_.quote) continue;
      if (i + 1 == buffer_.size() && !at_end) return std::string::npos;
      if (i + 1 < buffer_.size() && buffer_[i + 1] == format_.quote) {
        ++i;
      } else {
        quoted = false;
      }
      continue;
    }
    if (IsLineEnd(c)) return i;
    quoted = field_start && format_.quote != '\0' && c == format_.quote;
    field_start = c == format_.delimiter;
  }
  return at_end ? buffer_.size() : std::string::npos;
}

absl::StatusOr<CsvReader::Outcome> CsvReader::Next(CsvRow* row, std::string* error) {
  while (true) {
    while (begin_ < buffer_.size() && IsLineEnd(buffer_[begin_])) ++begin_;
    if (begin_ == buffer_.size()) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool more, Fill());
      if (!more && begin_ == buffer_.size()) return Outcome::kEnd;
      continue;
    }
    const size_t end = FindRowEnd(at_end_);
    if (end == std::string::npos) {
      if (buffer_.size() - begin_ > kCsvRowBytesMax) break;
      DAYBOOK_RETURN_IF_ERROR(Fill().status());
      continue;
    }
    if (end - begin_ > kCsvRowBytesMax) break;
    row->offset = offset_ + begin_;
    row->length = static_cast<uint32_t>(end - begin_);
    row->number = ++number_;
    row->text.assign(buffer_, begin_, end - begin_);
    begin_ = end;
    const absl::Status split = SplitRow(format_, row);
    if (split.ok()) return Outcome::kRow;
    *error = std::string(split.message());
    return Outcome::kBadRow;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path_, ", row ", number_ + 1, ": longer than ", kCsvRowBytesMax,
                   " bytes; a quote that is never closed looks like this too"));
}

absl::Status CsvReader::ReadBytes(uint64_t offset, uint32_t length, std::string* bytes) const {
  bytes->resize(length);
  for (size_t done = 0; done < length;) {
    const ssize_t got =
        pread(fd_, bytes->data() + done, length - done, static_cast<off_t>(offset + done));
    if (got <= 0) {
      return absl::UnavailableError(absl::StrCat("cannot read ", path_, " again at byte ", offset));
    }
    done += static_cast<size_t>(got);
  }
  return absl::OkStatus();
}

absl::Status CsvReader::ReadAt(uint64_t offset, uint32_t length, CsvRow* row) const {
  row->offset = offset;
  row->length = length;
  DAYBOOK_RETURN_IF_ERROR(ReadBytes(offset, length, &row->text));
  return SplitRow(format_, row);
}

}  // namespace daybook::cli
