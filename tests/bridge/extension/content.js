window.addEventListener('message', async ({ source, data }) => {
  if (source === window && data.ask) {
    window.postMessage({ answer: await chrome.runtime.sendMessage(data.ask) });
  }
});
