// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.azure;

import dev.howdah.objectstore.Retry;
import dev.howdah.objectstore.http.Bandwidth;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Where a container is.
///
/// @param account the storage account
/// @param endpoint of its blob service; with the account as path where it isn't part of the host
/// @param prefix part of the container to stay in, without `/` at either end; may be empty
public record AzureSettings(
    String account,
    URI endpoint,
    String container,
    String prefix,
    @Nullable String caPem,
    Duration requestTimeout,
    Retry retry,
    Bandwidth bandwidth) {

  /// Reads `https://account.blob.core.windows.net/container/path`, or
  /// `https://host[:port]/account/container/path` of a service on another host.
  ///
  /// @throws IllegalArgumentException with what to write instead
  public static AzureSettings parse(String destinationPath) {
    var uri = URI.create(destinationPath);
    var path = uri.getPath() == null ? "" : uri.getPath().replaceAll("^/+|/+$", "");
    var parts = path.split("/", 2);
    var host = uri.getHost() == null ? "" : uri.getHost();
    if (host.contains(".blob.")) {
      return of(
          host.substring(0, host.indexOf('.')),
          URI.create(uri.getScheme() + "://" + uri.getRawAuthority()),
          parts[0],
          parts.length > 1 ? parts[1] : "",
          destinationPath);
    }
    var rest = parts.length > 1 ? parts[1].split("/", 2) : new String[] {""};
    return of(
        parts[0],
        URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + "/" + parts[0]),
        rest[0],
        rest.length > 1 ? rest[1] : "",
        destinationPath);
  }

  private static AzureSettings of(
      String account, URI endpoint, String container, String prefix, String destinationPath) {
    if (account.isEmpty() || container.isEmpty()) {
      throw new IllegalArgumentException(
          "\"%s\" names no container; write it as https://account.blob.core.windows.net/container/path"
              .formatted(destinationPath));
    }
    return new AzureSettings(
        account,
        endpoint,
        container,
        prefix,
        null,
        Duration.ofSeconds(60),
        Retry.DEFAULT,
        Bandwidth.UNLIMITED);
  }

  public AzureSettings withCa(@Nullable String pem) {
    return new AzureSettings(
        account, endpoint, container, prefix, pem, requestTimeout, retry, bandwidth);
  }

  public AzureSettings withRetry(Retry value) {
    return new AzureSettings(
        account, endpoint, container, prefix, caPem, requestTimeout, value, bandwidth);
  }

  public AzureSettings withBandwidth(Bandwidth value) {
    return new AzureSettings(
        account, endpoint, container, prefix, caPem, requestTimeout, retry, value);
  }
}
