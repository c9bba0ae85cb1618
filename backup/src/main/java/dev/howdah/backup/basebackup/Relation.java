// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import java.util.regex.Pattern;

/// Which files hold pages with checksums, and from which block on.
final class Relation {
  private static final Pattern FILE =
      Pattern.compile("(?:.*/)?[0-9]+(?:_(?:fsm|vm|init))?(?:\\.([0-9]{1,6}))?");

  /// Blocks in each file of a relation but its last.
  static final long BLOCKS_PER_FILE = (1L << 30) / PageChecksum.PAGE;

  private Relation() {}

  /// @param path below the data directory, or below a tablespace
  static boolean isRelation(String path) {
    return (path.startsWith("base/") || path.startsWith("global/") || path.startsWith("PG_"))
        && FILE.matcher(path).matches();
  }

  static long firstBlock(String path) {
    var matcher = FILE.matcher(path);
    return matcher.matches() && matcher.group(1) != null
        ? Long.parseLong(matcher.group(1)) * BLOCKS_PER_FILE
        : 0;
  }
}
