// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.config;

import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.azure.AzureLogin;
import dev.howdah.objectstore.azure.AzureSettings;
import dev.howdah.objectstore.azure.AzureStore;
import dev.howdah.objectstore.crypt.EncryptedStore;
import dev.howdah.objectstore.file.FileStore;
import dev.howdah.objectstore.http.Bandwidth;
import dev.howdah.objectstore.s3.CredentialChain;
import dev.howdah.objectstore.s3.Credentials;
import dev.howdah.objectstore.s3.S3Settings;
import dev.howdah.objectstore.s3.S3Store;
import dev.howdah.objectstore.token.BearerToken;
import java.nio.file.Path;

/// Opens the object store of a configuration, by its destination's scheme.
public final class Stores {
  private Stores() {}

  /// Opens it; nothing is sent before the first call.
  ///
  /// @throws IllegalArgumentException if the destination and the credentials don't go together
  public static ObjectStore open(StoreConfiguration configuration) {
    return new EncryptedStore(stored(configuration), configuration.keys());
  }

  private static ObjectStore stored(StoreConfiguration configuration) {
    var destination = configuration.destinationPath();
    if (destination.startsWith("s3://")) {
      return s3(configuration);
    }
    if (destination.startsWith("gs://")) {
      return google(configuration);
    }
    if (destination.startsWith("https://") || destination.startsWith("http://")) {
      return azure(configuration);
    }
    if (destination.startsWith("file://")) {
      return new FileStore(Path.of(destination.substring("file://".length())));
    }
    throw new IllegalArgumentException(
        "destinationPath \"%s\" is of no known kind; write s3://bucket/path, gs://bucket/path, https://account.blob.core.windows.net/container/path or file:///folder"
            .formatted(destination));
  }

  private static ObjectStore s3(StoreConfiguration configuration) {
    var region =
        switch (configuration.access()) {
          case StoreAccess.S3Keys keys -> keys.region();
          case StoreAccess.S3Role role -> role.region();
          case StoreAccess.Environment environment -> environment.region();
          default -> throw mismatch(configuration, "s3Credentials");
        };
    Credentials.Source source =
        configuration.access() instanceof StoreAccess.S3Keys keys
            ? new Credentials(keys.id(), keys.secret(), keys.token())::itself
            : CredentialChain.ofEnvironment(System.getenv());
    var settings =
        S3Settings.parse(
            configuration.destinationPath(),
            configuration.endpoint(),
            region.isEmpty() ? CredentialChain.region(System.getenv()) : region);
    return new S3Store(of(settings, configuration), source);
  }

  private static ObjectStore google(StoreConfiguration configuration) {
    var token =
        switch (configuration.access()) {
          case StoreAccess.GoogleKey(var json) -> BearerToken.ofGoogleKey(json);
          case StoreAccess.GoogleIdentity _, StoreAccess.Environment _ ->
              BearerToken.ofGoogleMetadata(System.getenv());
          default -> throw mismatch(configuration, "googleCredentials");
        };
    var place = S3Settings.parse("s3://" + configuration.destinationPath().substring(5), null, "");
    var settings = S3Settings.google(configuration.endpoint(), place.bucket(), place.prefix());
    return S3Store.google(of(settings, configuration), token);
  }

  private static S3Settings of(S3Settings settings, StoreConfiguration configuration) {
    var ca = configuration.caPem();
    return (ca == null ? settings : settings.withCa(ca))
        .withBandwidth(new Bandwidth(configuration.bytesPerSecond()));
  }

  private static ObjectStore azure(StoreConfiguration configuration) {
    var settings =
        AzureSettings.parse(configuration.destinationPath())
            .withCa(configuration.caPem())
            .withBandwidth(new Bandwidth(configuration.bytesPerSecond()));
    AzureLogin login =
        switch (configuration.access()) {
          case StoreAccess.AzureAccount account -> {
            var key = account.key();
            var sas = account.sas();
            if (key != null) {
              yield new AzureLogin.AccountKey(key);
            }
            if (sas != null) {
              yield new AzureLogin.SharedAccess(sas);
            }
            throw new IllegalArgumentException(
                "azureCredentials holds neither a key nor a SAS token; give storageKey or storageSasToken");
          }
          case StoreAccess.AzureIdentity _, StoreAccess.Environment _ ->
              new AzureLogin.Identity(BearerToken.ofAzure(System.getenv()));
          default -> throw mismatch(configuration, "azureCredentials");
        };
    return new AzureStore(settings, login);
  }

  private static IllegalArgumentException mismatch(StoreConfiguration c, String wanted) {
    return new IllegalArgumentException(
        "destinationPath \"%s\" wants %s, not %s"
            .formatted(c.destinationPath(), wanted, c.access().getClass().getSimpleName()));
  }
}
