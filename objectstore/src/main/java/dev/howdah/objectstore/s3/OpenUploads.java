// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// A page of the uploads that were begun and not completed.
final class OpenUploads implements BiConsumer<String, String> {
  private final List<Upload> uploads = new ArrayList<>();
  private boolean truncated;
  private String nextKey = "";
  private String nextId = "";
  private String key = "";
  private String id = "";
  private Instant begun = Instant.MAX;

  /// @param begun where the server doesn't say it: never
  record Upload(String key, String id, Instant begun) {}

  @Override
  public void accept(String path, String text) {
    switch (path) {
      case "ListMultipartUploadsResult/Upload/Key" -> key = text;
      case "ListMultipartUploadsResult/Upload/UploadId" -> id = text;
      case "ListMultipartUploadsResult/Upload/Initiated" -> begun = Instant.parse(text);
      case "ListMultipartUploadsResult/Upload" -> {
        uploads.add(new Upload(key, id, begun));
        begun = Instant.MAX;
      }
      case "ListMultipartUploadsResult/IsTruncated" -> truncated = text.equals("true");
      case "ListMultipartUploadsResult/NextKeyMarker" -> nextKey = text;
      case "ListMultipartUploadsResult/NextUploadIdMarker" -> nextId = text;
      default -> {}
    }
  }

  List<Upload> uploads() {
    return uploads;
  }

  /// Where the next page begins; empty if this is the last.
  String nextKey() {
    return truncated ? nextKey : "";
  }

  String nextId() {
    return nextId;
  }
}
