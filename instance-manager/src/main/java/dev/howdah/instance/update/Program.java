// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.update;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/// An instance manager's installation, by the list of its files that the build made: the launcher
/// `manager`, and `manager.d`.
///
/// @param hash SHA-256 of the list, which is the name of the build
/// @param architecture as the Java runtime's release calls it, such as `x86_64`
public record Program(String hash, String architecture, List<Entry> entries) {
  /// The list, beside what it lists.
  public static final String LIST = "manager.d/files";

  private static final String HEADER = "howdah-manager 1 ";
  private static final int MOST_FILES = 10_000;

  /// @param hash SHA-256 of the content
  /// @param mode permissions, octal
  /// @param time of its last change, in seconds
  public record Entry(String hash, int mode, long size, long time, String path) {
    boolean isSameAs(Entry other) {
      return hash.equals(other.hash)
          && size == other.size
          && mode == other.mode
          && time == other.time;
    }
  }

  public Program {
    entries = List.copyOf(entries);
  }

  /// @throws IllegalArgumentException if this is no such list
  public static Program parse(byte[] list) {
    String[] lines = new String(list, StandardCharsets.UTF_8).split("\n");
    if (!lines[0].startsWith(HEADER) || lines.length > MOST_FILES) {
      throw new IllegalArgumentException("not the list of an instance manager's files");
    }
    List<Entry> entries = new ArrayList<>();
    Set<String> paths = new HashSet<>();
    for (int i = 1; i < lines.length; i++) {
      Entry entry = entry(lines[i]);
      if (!paths.add(entry.path())) {
        // the first may be a link to a file of the version that runs, and the second be written to
        throw new IllegalArgumentException("listed twice: " + entry.path());
      }
      entries.add(entry);
    }
    return new Program(sha256(list), lines[0].substring(HEADER.length()).strip(), entries);
  }

  private static Entry entry(String line) {
    String[] words = line.split(" ", 5);
    try {
      if (words.length == 5 && isInside(words[4])) {
        return new Entry(
            words[0],
            Integer.parseInt(words[1], 8) & 0777,
            Long.parseLong(words[2]),
            Long.parseLong(words[3]),
            words[4]);
      }
    } catch (NumberFormatException e) {
      // as malformed as any other
    }
    throw new IllegalArgumentException("malformed line in the list of files: " + line);
  }

  private static boolean isInside(String path) {
    if (path.indexOf('\0') >= 0 || path.equals(LIST)) {
      return false;
    }
    Path normal = Path.of(path).normalize();
    return normal.toString().equals(path)
        && (path.equals("manager") || path.startsWith("manager.d/"));
  }

  /// The list of an installation, by its launcher.
  static byte[] listOf(Path launcher) throws IOException {
    return Files.readAllBytes(launcher.resolveSibling(LIST));
  }

  /// The name of the build that is installed there; empty if it has no list.
  public static String hashOf(String launcher) {
    try {
      return launcher.isEmpty() ? "" : sha256(listOf(Path.of(launcher)));
    } catch (IOException e) {
      return "";
    }
  }

  /// Whether it runs on this machine.
  boolean fits() {
    String here = System.getProperty("os.arch", "");
    return architecture.equals(here.equals("amd64") ? "x86_64" : here);
  }

  long bytes() {
    return entries.stream().mapToLong(Entry::size).sum();
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(digest().digest(bytes));
  }
}
