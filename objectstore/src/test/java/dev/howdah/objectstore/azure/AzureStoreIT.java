// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.ObjectStoreContract;
import dev.howdah.objectstore.Retry;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// The contract against a server of Azure's protocol, by command: `npm install azurite`, then `npx
/// azurite-blob --blobPort 10000`, and `mvn verify -pl objectstore -am
/// -Dhowdah.azure=http://127.0.0.1:10000/devstoreaccount1 -Dhowdah.azure.key=...` with its
/// documented key.
class AzureStoreIT extends ObjectStoreContract {
  private static final String URL = System.getProperty("howdah.azure", "");
  private static final String KEY = System.getProperty("howdah.azure.key", "");

  @Override
  protected ObjectStore store() throws Exception {
    assumeTrue(!URL.isEmpty(), "no server of Azure's protocol given with -Dhowdah.azure=URL");
    var container = "c-" + UUID.randomUUID();
    var settings =
        AzureSettings.parse(URL + "/" + container + "/a prefix/deeper".replace(" ", "%20"))
            .withRetry(
                new Retry(2, Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofSeconds(5)));
    try (var http = new AzureHttp(settings, new AzureLogin.AccountKey(KEY))) {
      http.send("PUT", "", Map.of("restype", "container"), Map.of(), null, 201).drain();
    }
    return new AzureStore(settings, new AzureLogin.AccountKey(KEY));
  }

  @Test
  void readsBothFormsOfADestination() {
    var own = AzureSettings.parse("https://acc.blob.core.windows.net/box/a/b");
    var other = AzureSettings.parse("http://127.0.0.1:10000/acc/box/a/b");

    assertThat(own.account()).isEqualTo(other.account()).isEqualTo("acc");
    assertThat(own.container()).isEqualTo(other.container()).isEqualTo("box");
    assertThat(own.prefix()).isEqualTo(other.prefix()).isEqualTo("a/b");
    assertThat(other.endpoint()).hasToString("http://127.0.0.1:10000/acc");
  }
}
