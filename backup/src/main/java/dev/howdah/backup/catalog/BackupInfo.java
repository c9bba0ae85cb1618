// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.catalog;

import dev.howdah.core.wal.Lsn;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One base backup as its `backup.info` describes it: lines `key=value`, `None` for null.
///
/// It is written with exactly the 28 keys that all barman versions since 3.4 read: an unknown key
/// makes newer ones give up the whole command. Whatever else a file read has is kept in [#values].
public record BackupInfo(String id, Map<String, String> values) {
  /// The name under which all tools list what the cloud tools wrote, whatever the path says.
  public static final String SERVER_NAME = "cloud";

  static final List<String> PORTABLE_KEYS =
      List.of(
          "backup_label",
          "backup_name",
          "begin_offset",
          "begin_time",
          "begin_wal",
          "begin_xlog",
          "compression",
          "config_file",
          "copy_stats",
          "deduplicated_size",
          "end_offset",
          "end_time",
          "end_wal",
          "end_xlog",
          "error",
          "hba_file",
          "ident_file",
          "included_files",
          "mode",
          "pgdata",
          "server_name",
          "size",
          "status",
          "systemid",
          "tablespaces",
          "timeline",
          "version",
          "xlog_segment_size");

  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter ID =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss").withZone(ZoneOffset.UTC);

  public BackupInfo {
    values = Map.copyOf(values);
  }

  /// A tablespace outside the data directory; its tar is named after the OID.
  public record Tablespace(String name, long oid, String location) {}

  /// The id of a backup that begins now, in UTC; two in one second would collide.
  public static String idAt(Instant now) {
    return ID.format(now);
  }

  /// Reads a `backup.info`.
  ///
  /// @throws IllegalArgumentException with the line that can't be read
  public static BackupInfo parse(String id, String text) {
    var values = new TreeMap<String, String>();
    for (var line : text.split("\n", -1)) {
      var stripped = line.strip();
      if (stripped.isEmpty() || stripped.startsWith("#")) {
        continue;
      }
      int equals = stripped.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "backup.info of %s: expected key=value, found: %s".formatted(id, stripped));
      }
      var value = stripped.substring(equals + 1).strip();
      if (!value.equals("None")) {
        values.put(stripped.substring(0, equals).strip(), value);
      }
    }
    return new BackupInfo(id, values);
  }

  /// The text to store; `backup_name` is left out when there is none.
  public String text() {
    var out = new StringBuilder();
    for (var key : PORTABLE_KEYS) {
      var value = values.get(key);
      if (value != null || !key.equals("backup_name")) {
        out.append(key).append('=').append(value == null ? "None" : value).append('\n');
      }
    }
    if (!parent().isEmpty()) {
      out.append("parent_backup_id=").append(parent()).append('\n');
    }
    return out.toString();
  }

  /// Whether it is complete: its status says so and both times are known. Others are never restored
  /// from.
  public boolean isDone() {
    return status().equals("DONE") && beginTime() != null && endTime() != null;
  }

  public String status() {
    return values.getOrDefault("status", "");
  }

  public @Nullable String name() {
    return values.get("backup_name");
  }

  public @Nullable Instant beginTime() {
    return time("begin_time");
  }

  public @Nullable Instant endTime() {
    return time("end_time");
  }

  public String beginWal() {
    return values.getOrDefault("begin_wal", "");
  }

  public String endWal() {
    return values.getOrDefault("end_wal", "");
  }

  public @Nullable Lsn beginLsn() {
    return lsn("begin_xlog");
  }

  public @Nullable Lsn endLsn() {
    return lsn("end_xlog");
  }

  public long timeline() {
    return number("timeline", 0);
  }

  public String systemId() {
    return values.getOrDefault("systemid", "");
  }

  /// PostgreSQL's major version, 0 if not recorded.
  public int major() {
    return (int) (number("version", 0) / 10_000);
  }

  public long segmentSizeBytes() {
    return number("xlog_segment_size", 16L << 20);
  }

  /// The `backup_label` file that recovery starts from; empty if not recorded.
  public String backupLabel() {
    var literal = values.get("backup_label");
    return literal != null && Literal.parse(literal) instanceof String text ? text : "";
  }

  public String pgdata() {
    return values.getOrDefault("pgdata", "");
  }

  public List<Tablespace> tablespaces() {
    var literal = values.get("tablespaces");
    var tablespaces = new ArrayList<Tablespace>();
    if (literal != null && Literal.parse(literal) instanceof List<?> rows) {
      for (var row : rows) {
        if (row instanceof List<?> columns
            && columns.size() >= 3
            && columns.get(0) instanceof String name
            && columns.get(1) instanceof Long oid
            && columns.get(2) instanceof String location) {
          tablespaces.add(new Tablespace(name, oid, location));
        } else {
          throw new IllegalArgumentException(
              "backup.info of %s: tablespaces has a row that is no (name, oid, location): %s"
                  .formatted(id, row));
        }
      }
    }
    return tablespaces;
  }

  /// The id of the backup that this one builds on; empty for a full one.
  public String parent() {
    return values.getOrDefault("parent_backup_id", "");
  }

  private long number(String key, long absent) {
    var value = values.get(key);
    if (value == null) {
      return absent;
    }
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "backup.info of %s: %s is no number: %s".formatted(id, key, value), e);
    }
  }

  private @Nullable Lsn lsn(String key) {
    var value = values.get(key);
    return value == null ? null : Lsn.parse(value);
  }

  private @Nullable Instant time(String key) {
    var value = values.get(key);
    if (value == null) {
      return null;
    }
    var iso = value.replaceFirst(" ", "T");
    try {
      return OffsetDateTime.parse(iso).toInstant();
    } catch (DateTimeParseException e) {
      try {
        return LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC); // no zone: we take it as UTC
      } catch (DateTimeParseException e2) {
        throw new IllegalArgumentException(
            "backup.info of %s: %s is no time: %s".formatted(id, key, value), e2);
      }
    }
  }

  /// A time as `backup.info` holds it, always with the offset.
  public static String time(Instant time) {
    return (time.getNano() / 1000 == 0 ? SECONDS : MICROS).format(time) + "+00:00";
  }

  /// A string, list of strings or list of tablespaces as `backup.info` holds it.
  public static String literal(String text) {
    return Literal.quote(text);
  }

  public static String literal(List<Tablespace> tablespaces) {
    return tablespaces.stream()
        .map(t -> "(%s, %d, %s)".formatted(Literal.quote(t.name), t.oid, Literal.quote(t.location)))
        .collect(java.util.stream.Collectors.joining(", ", "[", "]"));
  }
}
