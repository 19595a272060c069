import Glibc

/// The inode at a path, nil when there is nothing.
func inode(of path: String) -> UInt64? {
  var status = stat()
  return lstat(path, &status) == 0 ? UInt64(status.st_ino) : nil
}

/// Removes a socket file.
func remove(_ path: String) {
  unlink(path)
}
