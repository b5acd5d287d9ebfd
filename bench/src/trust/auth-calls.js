/** The number of calls that auth has answered: exchanges, introspections and requests for Transaction Tokens. */
let calls = 0;

process.on('message', (message) => {
  if (message.calls !== undefined) process.send({ calls });
});

export const countCall = () => {
  calls += 1;
};
