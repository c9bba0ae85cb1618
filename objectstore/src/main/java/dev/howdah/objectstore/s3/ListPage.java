// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import dev.howdah.objectstore.ObjectStore.ObjectInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// A page of a listing.
final class ListPage implements BiConsumer<String, String> {
  final List<ObjectInfo> objects = new ArrayList<>();
  final List<String> prefixes = new ArrayList<>();
  boolean truncated;
  String next = "";
  private String key = "";
  private long size;
  private long modified;
  private String etag = "";

  @Override
  public void accept(String path, String text) {
    switch (path) {
      case "ListBucketResult/Contents/Key" -> key = text;
      case "ListBucketResult/Contents/Size" -> size = Long.parseLong(text);
      case "ListBucketResult/Contents/ETag" -> etag = text;
      case "ListBucketResult/Contents/LastModified" ->
          modified = Instant.parse(text).toEpochMilli();
      case "ListBucketResult/Contents" -> objects.add(new ObjectInfo(key, size, modified, etag));
      case "ListBucketResult/CommonPrefixes/Prefix" -> prefixes.add(text);
      case "ListBucketResult/IsTruncated" -> truncated = text.equals("true");
      case "ListBucketResult/NextContinuationToken" -> next = text;
      default -> {}
    }
  }
}
