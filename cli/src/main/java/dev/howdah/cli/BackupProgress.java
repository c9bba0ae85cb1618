// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Locale;

/// How far a Backup is: a bar on a terminal, else a line for each change.
final class BackupProgress implements AutoCloseable {
  private final PrintWriter out;
  private final boolean terminal = System.console() != null && System.console().isTerminal();
  private final long began = System.nanoTime();
  private String told = "";
  private long copying;

  BackupProgress(PrintWriter out) {
    this.out = out;
  }

  void seen(JsonNode backup) {
    JsonNode status = backup.path("status");
    String line = line(status);
    if (line.isEmpty() || line.equals(told)) {
      return;
    }
    told = line;
    long bytes = bytes(status, "copiedBytes");
    if (terminal && bytes > 0) {
      if (copying == 0) {
        copying = System.nanoTime();
      }
      String what = status.path("instanceID").path("podName").asText("");
      long total = Math.max(bytes, bytes(status, "totalBytes"));
      out.print(
          "\r" + ProgressBar.line(what, bytes, total, System.nanoTime() - copying) + "\u001b[K");
    } else {
      out.println(
          String.format(Locale.ROOT, "%6.1f s  %s", (System.nanoTime() - began) / 1e9, line));
    }
    out.flush();
  }

  private static long bytes(JsonNode status, String what) {
    return status.path("pluginMetadata").path("howdah.dev/" + what).asLong(0);
  }

  /// One line for what a Backup's status says; empty for nothing.
  static String line(JsonNode status) {
    String phase = status.path("phase").asText("");
    String pod = status.path("instanceID").path("podName").asText("");
    long bytes = bytes(status, "copiedBytes");
    long total = bytes(status, "totalBytes");
    var line = new StringBuilder(phase);
    if (!pod.isEmpty()) {
      line.append(" on ").append(pod);
    }
    if (bytes > 0 && phase.equals("running")) {
      line.append(": ").append(Tables.bytes(bytes));
      if (total > 0) {
        line.append(
            String.format(
                Locale.ROOT,
                " of about %s (%d %%)",
                Tables.bytes(total),
                Math.min(100, bytes * 100 / total)));
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    if (terminal && copying > 0) {
      out.print("\r\u001b[K");
      out.flush();
    }
  }
}
