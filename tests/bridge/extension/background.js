// As the Web eID extension does: the version first, then one command, with the origin that the browser tells.
function converse(command, extra, sender) {
  return new Promise((resolve) => {
    const port = chrome.runtime.connectNative('eu.webeid');
    const heard = [];
    port.onDisconnect.addListener(() => resolve({ heard, error: chrome.runtime.lastError?.message }));
    port.onMessage.addListener((message) => {
      heard.push(message);
      if (heard.length === 1) {
        const origin = command === 'quit' ? {} : { origin: new URL(sender.url).origin };
        port.postMessage({ command, arguments: { ...extra, ...origin } });
      } else {
        port.disconnect();
        resolve({ heard });
      }
    });
  });
}

chrome.runtime.onMessage.addListener(({ command, extra }, sender, respond) => {
  converse(command, extra, sender).then(respond);
  return true;
});
