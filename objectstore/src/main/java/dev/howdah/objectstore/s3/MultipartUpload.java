// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import dev.howdah.objectstore.http.Xml;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// An object on its way in parts.
final class MultipartUpload implements ObjectStore.Upload {
  private final S3Store store;
  private final Requests requests;
  private final String key;
  private final String id;
  private final boolean checked;
  private final TreeMap<Integer, Part> parts = new TreeMap<>();
  private boolean completed;

  private record Part(String etag, String checksum) {}

  /// @param id as the server names the upload
  /// @param checked whether checksums go along
  MultipartUpload(S3Store store, Requests requests, String key, String id, boolean checked) {
    this.store = store;
    this.requests = requests;
    this.key = key;
    this.id = id;
    this.checked = checked;
  }

  @Override
  public void part(int number, Body body) {
    var query = Requests.query("partNumber", Integer.toString(number));
    query.put("uploadId", id);
    var checksum = checked ? Checksum.of(body) : "";
    Map<String, String> headers =
        checked ? Map.of(requests.checksumHeader(), requests.checksumValue(checksum)) : Map.of();
    var etag =
        requests.repeat(() -> {
          var answer = requests.send("PUT", key, query, headers, body, 200);
          Requests.drain(answer);
          return answer
              .header("etag")
              .orElseThrow(() -> new StoreException(Kind.UNAVAILABLE, "a part got no ETag"));
        });
    synchronized (parts) {
      parts.put(number, new Part(etag, checksum));
    }
  }

  @Override
  public void complete() {
    var body = new StringBuilder("<CompleteMultipartUpload>");
    synchronized (parts) {
      parts.forEach((number, part) -> {
        body.append("<Part><PartNumber>").append(number).append("</PartNumber><ETag>");
        body.append(Xml.escape(part.etag())).append("</ETag>");
        if (checked && requests.isAws()) {
          body.append("<ChecksumCRC32C>").append(part.checksum()).append("</ChecksumCRC32C>");
        }
        body.append("</Part>");
      });
    }
    body.append("</CompleteMultipartUpload>");
    var bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    requests.repeat(() -> {
      completeOnce(bytes);
      return true;
    });
    completed = true;
  }

  /// A failure may come with status 200, as an error document. When an earlier attempt went through
  /// without our hearing of it, the upload is gone and the object is there.
  private void completeOnce(byte[] bytes) {
    var error = new StringBuilder();
    try {
      var answer =
          requests.send("POST", key, Requests.query("uploadId", id), Map.of(), Body.of(bytes), 200);
      Requests.parse(
          answer,
          (path, text) -> {
            if (path.startsWith("Error/")) {
              error.append(text).append(' ');
            }
          });
    } catch (StoreException e) {
      if (!e.isNotFound() || store.head(key).isEmpty()) {
        throw e;
      }
    }
    if (!error.isEmpty()) {
      throw new StoreException(Kind.UNAVAILABLE, "completing " + key + ": " + error);
    }
  }

  @Override
  public void close() {
    if (!completed) {
      try {
        Requests.drain(
            requests.send(
                "DELETE", key, Requests.query("uploadId", id), Map.of(), null, 204, 200, 404));
      } catch (StoreException e) {
        if (!e.isTransient() && !e.isNotFound()) {
          throw e;
        } // parts that stay cost space until the bucket's rules remove them
      }
    }
  }
}
