#include "tests/support/failing_file_system.h"

#include <cerrno>
#include <cstring>

namespace daybook::testing {

namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path, FailingFileSystem* disk)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(disk) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    const IOStatus status = disk_->Change(path_);
    return status.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug) : status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& info, IODebugContext* debug) override {
    const IOStatus status = disk_->Change(path_);
    return status.ok() ? FSWritableFileOwnerWrapper::Append(data, options, info, debug) : status;
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus status = disk_->Change(path_);
    return status.ok() ? FSWritableFileOwnerWrapper::Flush(options, debug) : status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus status = disk_->Change(path_);
    return status.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus status = disk_->Change(path_);
    return status.ok() ? FSWritableFileOwnerWrapper::Fsync(options, debug) : status;
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus status = disk_->Change(path_);
    const IOStatus closed = FSWritableFileOwnerWrapper::Close(options, debug);
    return status.ok() ? closed : status;
  }

 private:
  const std::string path_;
  FailingFileSystem* const disk_;
};

class Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(std::unique_ptr<rocksdb::FSDirectory> directory, std::string path,
            FailingFileSystem* disk)
      : FSDirectoryWrapper(std::move(directory)), path_(std::move(path)), disk_(disk) {}

  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& which) override {
    const IOStatus status = disk_->Change(path_);
    return status.ok() ? FSDirectoryWrapper::FsyncWithDirOptions(options, debug, which) : status;
  }

 private:
  const std::string path_;
  FailingFileSystem* const disk_;
};

IOStatus ErrorOf(DiskError error, const std::string& path) {
  switch (error) {
    case DiskError::kNoSpace:
      return IOStatus::NoSpace("while writing " + path, std::strerror(ENOSPC));
    case DiskError::kIo:
      return IOStatus::IOError("while writing " + path, std::strerror(EIO));
    case DiskError::kTooManyFiles:
      break;
  }
  return IOStatus::IOError("while opening " + path, std::strerror(EMFILE));
}

}  // namespace

FailingFileSystem::FailingFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

void FailingFileSystem::Fail(DiskError error, const std::string& part, int64_t skip,
                             int64_t times) {
  std::lock_guard lock(mutex_);
  failing_ = true;
  error_ = error;
  part_ = part;
  skip_ = skip;
  times_ = times;
  failed_ = 0;
  counted_ = 0;
}

void FailingFileSystem::Heal() {
  std::lock_guard lock(mutex_);
  failing_ = false;
  counted_ = 0;
}

IOStatus FailingFileSystem::Due(const std::string& path, bool opens, bool changes) {
  std::lock_guard lock(mutex_);
  const bool concerned = error_ == DiskError::kTooManyFiles ? opens : changes;
  if (path.find(part_) == std::string::npos || !concerned) return IOStatus::OK();
  ++counted_;
  if (!failing_ || skip_-- > 0 || times_ <= 0) return IOStatus::OK();
  --times_;
  ++failed_;
  return ErrorOf(error_, path);
}

IOStatus FailingFileSystem::Change(const std::string& path) { return Due(path, false, true); }

IOStatus FailingFileSystem::OpenToRead(const std::string& path) { return Due(path, true, false); }

IOStatus FailingFileSystem::NewWritableFile(const std::string& path,
                                            const rocksdb::FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* file,
                                            IODebugContext* debug) {
  IOStatus status = Due(path, true, true);
  if (status.ok()) status = target()->NewWritableFile(path, options, file, debug);
  if (status.ok()) *file = std::make_unique<File>(std::move(*file), path, this);
  return status;
}

IOStatus FailingFileSystem::NewRandomAccessFile(const std::string& path,
                                                const rocksdb::FileOptions& options,
                                                std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                                IODebugContext* debug) {
  const IOStatus status = OpenToRead(path);
  return status.ok() ? target()->NewRandomAccessFile(path, options, file, debug) : status;
}

IOStatus FailingFileSystem::NewSequentialFile(const std::string& path,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                              IODebugContext* debug) {
  const IOStatus status = OpenToRead(path);
  return status.ok() ? target()->NewSequentialFile(path, options, file, debug) : status;
}

IOStatus FailingFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                         std::unique_ptr<rocksdb::FSDirectory>* directory,
                                         IODebugContext* debug) {
  const IOStatus status = target()->NewDirectory(path, options, directory, debug);
  if (status.ok()) *directory = std::make_unique<Directory>(std::move(*directory), path, this);
  return status;
}

IOStatus FailingFileSystem::RenameFile(const std::string& from, const std::string& to,
                                       const IOOptions& options, IODebugContext* debug) {
  const IOStatus status = Change(to);
  return status.ok() ? target()->RenameFile(from, to, options, debug) : status;
}

IOStatus FailingFileSystem::LinkFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* debug) {
  const IOStatus status = Change(to);
  return status.ok() ? target()->LinkFile(from, to, options, debug) : status;
}

}  // namespace daybook::testing
